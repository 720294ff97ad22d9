"""A handset's RAS socket: its number sequence, and requests ready to be sent and repeated."""

from collections.abc import Iterable
from random import Random

from ringfence.actors.io import SendDatagram
from ringfence.actors.ras import requests
from ringfence.actors.ras.dialect import Retry
from ringfence.actors.ras.requests import RasClientConfig
from ringfence.actors.ras.states import Exchange, Granted
from ringfence.actors.security import password_hash
from ringfence.actors.security.challenges import answer
from ringfence.model.address import TransportAddress
from ringfence.wire import h225, ras


class RasChannel:
    """`local` is the source of everything sent; `now` and retries make an `Exchange` of each request."""

    def __init__(self, config: RasClientConfig, random: Random) -> None:
        self._config = config
        self._timers = config.ras_timers
        self._sequence = random.randrange(1, 65536)
        self.local = TransportAddress(config.address, config.source_ports.first)
        self.hashes = False  # the last GCF chose the password's hash

    def move(self, port: int) -> None:
        self.local = TransportAddress(self._config.address, port)

    def discover(self, to: TransportAddress, now: float) -> Exchange:
        message = requests.gatekeeper_request(self._config, self.local, self._next())
        return self._exchange(message, to, self._timers.grq, now)

    def register(
        self,
        to: TransportAddress,
        now: float,
        *,
        identifier: str | None,
        tokens: Iterable[h225.CryptoH323Token] | None,
        renewed: Granted | None,
    ) -> Exchange:
        message = requests.registration_request(
            self._config,
            self.local,
            self._next(),
            crypto_tokens=tokens,
            gatekeeper_identifier=identifier,
            endpoint_identifier=renewed.endpointIdentifier if renewed else None,
        )
        return self._exchange(message, to, self._timers.rrq, now)

    def prove(self, gcf: h225.GatekeeperConfirm, now: float) -> list[h225.CryptoH323Token] | None:
        """The RRQ's cryptoTokens as the GCF asks for them; None when it asks for none that we can give."""
        config = self._config
        self.hashes = bool(config.password) and password_hash.chosen(gcf)
        if self.hashes:
            return [password_hash.password_token(config.extension, config.password, int(config.epoch + now))]
        return answer(config.password, gcf)

    def keep_alive(self, granted: Granted, ttl: int, now: float) -> Exchange:
        message = requests.keep_alive(
            self._config,
            self.local,
            self._next(),
            gatekeeper_identifier=granted.gatekeeperIdentifier,
            endpoint_identifier=granted.endpointIdentifier,
            time_to_live=ttl,
        )
        return self._exchange(message, granted.gatekeeper, self._timers.rrq, now)

    def leave(self, granted: Granted, now: float) -> Exchange:
        message = requests.unregistration_request(
            self._config, self._next(), endpoint_identifier=granted.endpointIdentifier
        )
        return self._exchange(message, granted.gatekeeper, self._timers.urq, now)

    def ask_station_data(self) -> h225.NonStandardMessage | None:
        return requests.switch_info_request(self._config, self._next())

    def describe(self, sequence: int, granted: Granted) -> h225.InfoRequestResponse:
        return requests.info_request_response(
            self._config, self.local, sequence, endpoint_identifier=granted.endpointIdentifier
        )

    def send(self, exchange: Exchange) -> SendDatagram:
        return SendDatagram(self.local, exchange.destination, exchange.octets, self._config.interface)

    def say(self, message: ras.RasMessage, to: TransportAddress) -> SendDatagram:
        return SendDatagram(self.local, to, ras.encode(message), self._config.interface)

    def _next(self) -> int:
        self._sequence = self._sequence % 65535 + 1
        return self._sequence

    def _exchange(self, message: ras.RasMessage, to: TransportAddress, retry: Retry, now: float) -> Exchange:
        return Exchange(self._sequence, to, ras.encode(message), retry, retry.tries - 1, now + retry.timeout)
