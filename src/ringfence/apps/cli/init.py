"""`ringfence init FILE`: a site file from answers, from flags, or from what `ringfence learn` proposed."""

import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import click

from ringfence.apps.cli.asking.answers import site_of
from ringfence.apps.cli.asking.learned import Proposal, proposal_of, said, site_learned, with_answer
from ringfence.apps.cli.asking.notes import notes_of
from ringfence.apps.cli.asking.questions import QUESTIONS, Answers, SiteQuestion
from ringfence.apps.cli.files.new_file import write_new_file
from ringfence.apps.cli.files.site_input import read_text
from ringfence.apps.cli.screen import progress_console
from ringfence.model.errors import InputError
from ringfence.model.language.printing import commented
from ringfence.model.language.second import SiteText
from ringfence.model.printable import printable
from ringfence.model.site_file import parse


def _flags(command: Callable[..., None]) -> Callable[..., None]:
    """A flag for each question."""
    for question in reversed(QUESTIONS):
        described = f"{question.ask} ({question.accepted})."
        command = click.option(question.flag, question.name, default=None, help=described)(command)
    return command


@click.command()
@click.argument("file", type=click.Path(path_type=Path), help="The new site file.")
@_flags
@click.option(
    "--from-learn", default="", help="A file that `ringfence learn` wrote; only what it lacks is asked."
)
@click.option(
    "--fill", multiple=True, help="PATH=VALUE: what --from-learn lacks, as firewall.handset_side=10.255.0.2."
)
def command(file: Path, from_learn: str, fill: tuple[str, ...], **flags: str | None) -> None:
    """Write a site file from answers, or from flags where there is no terminal; no file is overwritten."""
    if file.exists():
        raise InputError("exists", where=str(file), remedy="name a new file, or remove it first")
    given = {name: value for name, value in flags.items() if value is not None}
    if from_learn:
        if given:
            flag = next(each.flag for each in QUESTIONS if each.name in given)
            raise InputError("--from-learn says it", where=flag, remedy="leave it out, or correct that file")
        site = _learned(from_learn, fill)
        made = f"Made by `ringfence init` from {from_learn}, which says where each value was seen."
    else:
        if fill:
            raise InputError(
                "it fills what --from-learn lacks", where="--fill", remedy="give --from-learn FILE"
            )
        site, made = site_of(_answers(given)), "Made by `ringfence init`."
    text = commented(site, notes_of(site, printable(made)))
    parse(text, "the site of these answers")
    write_new_file(file, text)
    progress_console().print(f"wrote {file}; next: ringfence prove {file}", soft_wrap=True)


def _answers(given: Mapping[str, str]) -> Answers:
    """By flags; the rest is asked where somebody is there to answer, and is a default elsewhere.

    InputError for a flag that is wrong or not needed, and, where nobody is, for all that are wanting.
    """
    asks = sys.stdin.isatty()
    wanting = [each for each in QUESTIONS if each.always and each.name not in given]
    if wanting and not asks:
        raise _wanting(wanting)
    answers: dict[str, str] = {}
    for question in QUESTIONS:
        answer = given.get(question.name)
        if not question.needed(answers):
            if answer is not None:
                raise InputError("not needed with these answers", where=question.flag, remedy="leave it out")
            continue
        if answer is not None:
            _refuse(question, answer.strip(), answers)
        elif asks:
            answer = _ask(question, answers)
        else:
            answer = question.default(answers)
        if answer is None:
            raise _wanting([question])
        answers[question.name] = answer.strip()
    return answers


def _wanting(questions: Sequence[SiteQuestion]) -> InputError:
    lines = "; ".join(f"{each.flag} {each.ask} ({each.accepted})" for each in questions)
    flags = ", ".join(each.flag for each in questions)
    return InputError(f"not answered, and nobody is here to be asked: {flags}", where="init", remedy=lines)


def _refuse(question: SiteQuestion, answer: str, answers: Answers) -> None:
    wrong = question.check(answer, answers)
    if wrong:
        raise InputError(wrong, where=question.flag, remedy=f"accepted: {question.accepted}")


def _ask(question: SiteQuestion, answers: Answers) -> str:
    """Until the answer is right; end of input or Ctrl-C ends it all."""

    def right(answer: str) -> str:
        wrong = question.check(answer.strip(), answers)
        if wrong:
            raise click.BadParameter(f"{printable(wrong)}; accepted: {question.accepted}")
        return answer.strip()

    default = question.default(answers)
    shown = f"{question.ask}\n  ({question.accepted})"
    answer: str = click.prompt(
        shown, default=default, value_proc=right, show_default=bool(default), prompt_suffix="\n> "
    )
    return answer


def _learned(name: str, fill: Sequence[str]) -> SiteText:
    """The site that learn proposed, with what it lacks from --fill, or asked."""
    text, shown = read_text(name)
    proposal = proposal_of(text, shown)
    known = {said(path): path for path in proposal.unknown}
    for pair in fill:
        key, _, answer = pair.partition("=")
        if key not in known:
            raise InputError(
                f"{key!r} is not wanting in {shown}",
                where="--fill",
                remedy=f"wanting: {', '.join(known) or 'nothing'}",
            )
        proposal = with_answer(proposal, known[key], answer)
    if proposal.unknown and not sys.stdin.isatty():
        raise InputError(
            f"{shown} does not know {', '.join(map(said, proposal.unknown))}",
            where="init",
            remedy="; ".join(f"--fill {said(path)}=VALUE" for path in proposal.unknown),
        )
    while proposal.unknown:
        proposal = _ask_for(proposal)
    return site_learned(proposal)


def _ask_for(proposal: Proposal) -> Proposal:
    """With the first of what it lacks."""
    path = proposal.unknown[0]

    def right(answer: str) -> Proposal:
        try:
            return with_answer(proposal, path, answer)
        except InputError as error:
            raise click.BadParameter(f"{printable(error.what)}; {error.remedy}") from None

    answer: Proposal = click.prompt(
        f"{said(path)} (not seen in the captures)", value_proc=right, prompt_suffix="\n> "
    )
    return answer
