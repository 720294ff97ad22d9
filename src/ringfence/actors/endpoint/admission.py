"""ARQ and DRQ of an endpoint, as exchanges: sent from its RAS address, repeated until they are answered."""

from random import Random

from msgspec import structs

from ringfence.actors.endpoint import requests
from ringfence.actors.endpoint.call_states import CallPlan, GrantedRegistration
from ringfence.actors.endpoint.requests import EndpointCall
from ringfence.actors.io import SendDatagram
from ringfence.actors.ras.dialect import Retry
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Exchange
from ringfence.actors.security import password_hash
from ringfence.wire import h225, ras


class CallRas:
    """Has request numbers of its own: answers of one kind never meet requests of another."""

    def __init__(self, config: RasClientConfig, plan: CallPlan, random: Random) -> None:
        self._config = config
        self._plan = plan
        self._sequence = random.randrange(1, 65536)

    def admit(self, known: GrantedRegistration, call: EndpointCall, now: float) -> Exchange:
        request = requests.admission_request(self._config, known.granted, call, self._next())
        if known.granted.pwdHash:
            request = structs.replace(request, cryptoTokens=self._proof(now))
        return self._exchange(known, request, self._plan.arq, now)

    def disengage(self, known: GrantedRegistration, call: EndpointCall, now: float) -> Exchange:
        request = requests.disengage_request(known.granted, call, self._next())
        if known.granted.pwdHash:
            request = structs.replace(request, cryptoTokens=self._proof(now))
        return self._exchange(known, request, self._plan.drq, now)

    def send(self, known: GrantedRegistration, exchange: Exchange) -> SendDatagram:
        return SendDatagram(known.ras, exchange.destination, exchange.octets, self._config.interface)

    def _proof(self, now: float) -> list[h225.CryptoH323Token]:
        """Gatekeepers that check the password's hash do so in every request (GnuGk, gkauth.cxx)."""
        config = self._config
        return [password_hash.password_token(config.extension, config.password, int(config.epoch + now))]

    def _exchange(
        self, known: GrantedRegistration, message: ras.RasMessage, retry: Retry, now: float
    ) -> Exchange:
        octets, to = ras.encode(message), known.granted.gatekeeper
        return Exchange(self._sequence, to, octets, retry, retry.tries - 1, now + retry.timeout)

    def _next(self) -> int:
        self._sequence = self._sequence % 65535 + 1
        return self._sequence
