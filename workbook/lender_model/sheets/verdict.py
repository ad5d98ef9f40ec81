"""The head of the Dashboard: whether the loan is in trouble, why, what would mend it, and each test against its limit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from lender_model.grid import COUNT, DATE, PRICE, RATIO, SHARE, TEXT, USD, Row, head, scalar
from lender_model.sheets.covenants import COVENANTS

LIMITS = ("Limit", "Worst", "Headroom", "Paths", "Gold")
"""What the table has beside a test's figure: its limit, the worst and the least headroom to come, the share of the paths
that fail, and the gold price below which it fails."""
WORKINGS = "Workings of the sentences"
MILLION, PERCENT = 1e6, 100.0

_NOW = "{alert.short}+{alert.covenant}+{alert.called}+{alert.accelerated}+{alert.contribution}"
_AHEAD = "{alert.short_ahead}+{alert.covenant_ahead}+{alert.default}+{alert.debt_left}"
_LATE = "{alert.mechanical}+{alert.completion}+{alert.production}"
_GOLD = ",".join(f"[risk.gold_{key}:row]" for key in (*(c.key for c in COVENANTS), "short"))


def _run(*events: str) -> str:
    """Formula: whether the paths belong to the inputs, and their shares of some events are known."""
    known = ",".join(f"ISNUMBER({{risk.ever_{event}}})" for event in events)
    return f'AND({{risk.simulation_state}}="current",{known})'


def _millions(amount: str) -> str:
    """Formula: an amount in words, the decimal sign being the program's."""
    return f'"US$ "&ROUND({amount}/{{dash.million}},1)&" million"'


def _percent(share: str) -> str:
    return f'ROUND({{dash.percent}}*{share},0)&"%"'


def _when(condition: str, words: str) -> str:
    """Formula: some words if a condition holds, with the space before the next."""
    return f'IF({condition},{words}&" ","")'


def _sentences(*parts: str, otherwise: str) -> str:
    """Formula: the sentences that apply, or another if none does."""
    return f'=IF({"&".join(parts)}="","{otherwise}",TRIM({"&".join(parts)}))'


def _answer() -> Iterator[Row]:
    yield head("The answer", "of the scenario in use; the paths are those of sheet Risk")
    yield scalar("dash.answer", "The loan is", TEXT,
                 f'=IF({{cover.arrears}}>{{checks.cent}},"IN DEFAULT",IF({_NOW}>0,"IN TROUBLE",'
                 f'IF(OR({_AHEAD}+{_LATE}>0,MIN({{dash.account_ok}},{{dash.covenants_ok}})<1),"TO BE WATCHED","SOUND")))',
                 bold=True)  # fmt: skip
    yield scalar("dash.why", "Now", TEXT, "=TRIM(" + "&".join((
        f'IF({{cover.arrears}}>{{checks.cent}},{_millions("{cover.arrears}")}&" in arrears. ","No arrears. ")',
        (f'IF({{cover.shortfall}}>{{checks.cent}},"The account is "&{_millions("{cover.shortfall}")}&" below its minimum. ",'
        f'"The account is "&{_millions("({cover.account}-{cover.minimum})")}&" above its minimum. ")'),
        ('IF({cov.test_date}="–","No covenant was tested yet. ",IF({alert.covenant}>0,"A covenant is broken. ",'
        '"No covenant is broken. "))'),
        _when("{alert.contribution}>0", '"The equity contribution was missed."'),
        _when("{alert.missing}>0", '{alert.missing}&IF({alert.missing}=1," month rests"," months rest")&" on plan, not on actuals."'),
    )) + ")")  # fmt: skip
    yield scalar("dash.ahead", "To come", TEXT, _sentences(
        _when("{alert.short_ahead}>0", '"The account falls below its minimum in "&{alert.short_ahead}&IF({alert.short_ahead}=1," month."," months.")'),
        _when("{alert.covenant_ahead}>0", '{cov.first_name}&": broken on "&{alert.covenant_ahead}&IF({alert.covenant_ahead}=1," test date."," test dates.")'),
        _when("{alert.default}>0", '"The Lender is in arrears in "&{alert.default}&IF({alert.default}=1," month."," months.")'),
        _when("{alert.debt_left}>0", '"Loan is left at the end."'),
        _when(f"{_LATE}>0", '"A milestone comes late."'),
        otherwise="Every test is met, every payment made, in this scenario.",
    ))  # fmt: skip
    yield scalar("dash.risk", "At risk", TEXT,
                 f'=IF({_run("covenant", "short", "default")},{_percent("{risk.ever_covenant}")}&" of the paths break a covenant, "'
                 f'&{_percent("{risk.ever_short}")}&" leave the account short, "'
                 f'&{_percent("{risk.ever_default}")}&" end in arrears.","Sheet Risk is "&{{risk.simulation_state}}&".")'
                 f'&IF(AND({{risk.breakeven_state}}="current",COUNT({_GOLD})>0),'
                 f'" Below US$ "&ROUND(MAX({_GOLD}),0)&" an ounce of gold a covenant breaks or the account falls short.","")')  # fmt: skip
    yield scalar("dash.mend", "What would mend it", TEXT, _sentences(
        _when("{cover.arrears}>{checks.cent}", f'"Pay the arrears of "&{_millions("{cover.arrears}")}&"."'),
        _when("{cover.shortfall}>{checks.cent}", f'"Pay "&{_millions("{cover.shortfall}")}&" into the account."'),
        _when("{dash.cure}>{checks.cent}", f'"Equity of "&{_millions("{dash.cure}")}&", kept as cash, cures every covenant test."'),
        _when("AND({dash.short_most}>{checks.cent},{alert.short_ahead}>0)",
              f'"To hold the minimum to the end, the account needs "&{_millions("{dash.short_most}")}&" more."'),
        otherwise="Nothing needs to be mended in this scenario.",
    ))  # fmt: skip


def _test(
    key: str, label: str, unit: str, now: str, light: str, beside: Sequence[tuple[str, str]], note: str = ""
) -> Row:
    return scalar(f"dash.{key}", label, unit, now, note, bold=True, start=light, start_unit="light",
                  across=len(LIMITS), each=beside)  # fmt: skip


def _worst(line: str, how: str = "MIN") -> str:
    return f'=IF(COUNT([{line}:row])=0,"–",{how}([{line}:row]))'


def _chance(event: str) -> str:
    return f'=IF({_run(event)},{{risk.ever_{event}}},"–")'


def light(now: str, event: str) -> str:
    """Formula: red if it fails now, ahead or in too many paths, amber from some paths on or if nobody has looked."""
    share = f"{{risk.ever_{event}}}"
    paths = (
        f"IF({_run(event)},IF({share}>={{risk.declined}},0,IF({share}>={{risk.watched}},AVERAGE(0,1),1)),AVERAGE(0,1))"
    )
    return f"=IF({now}>0,0,{paths})"


def _table() -> Iterator[Row]:
    yield head(
        "Each test against its limit",
        "beside the limit: the worst and the least headroom to come, paths that fail, gold below which it fails",
    )
    yield Row("dash.tests", "Test", across=LIMITS)
    figures = {"ratio": ("cert.ratio_figure", RATIO, "covenants.current_ratio", "MIN"),
               "equity": ("cert.equity_figure", USD, "covenants.tangible_equity", "MIN"),
               "liabilities": ("cert.liabilities_figure", RATIO, "covenants.liabilities", "MAX")}  # fmt: skip
    for c in COVENANTS:
        figure, unit, limit, how = figures[c.key]
        fails = f"IF(COUNT([cov.{c.key}_room:row])=0,0,IF(MIN([cov.{c.key}_room:row])<-{{checks.cent}},1,0))"
        yield _test(f"test_{c.key}", c.name, unit, f"={{{figure}}}", light(fails, c.key), (
            (f"={{{limit}}}", unit), (_worst(f"cov.{c.key}_to_come", how), unit),
            (_worst(f"cov.{c.key}_room"), USD), (_chance(c.key), SHARE), (_worst(f"risk.gold_{c.key}", "MAX"), PRICE),
        ))  # fmt: skip
    yield _test("test_account", "Proceeds Account", USD, "={cover.account}", light("{alert.short}+{alert.short_ahead}", "short"), (
        ("={cover.minimum}", USD), ("", USD), ("={risk.least_headroom}", USD), (_chance("short"), SHARE),
        (_worst("risk.gold_short", "MAX"), PRICE),
    ), "minimum at the as-of date; headroom to come")  # fmt: skip
    for key, label, when in (("dscr", "Lowest DSCR", "in the twelve months to"), ("llcr", "Lowest LLCR", "at")):
        yield _test(f"min_{key}", label, RATIO, f"={{ratio.min_{key}}}", _cover_light(key), (
            ("={ratio.target}", RATIO), ("", USD), ("", USD), ("", SHARE),
            (_worst(f"risk.gold_{key}_target", "MAX"), PRICE),
        ), "to come; the target is ours")  # fmt: skip
        yield scalar(f"dash.min_{key}_at", when, DATE,
                     f'=IF(ISNUMBER({{ratio.min_{key}}}),INDEX([time.end:row],1,MATCH({{ratio.min_{key}}},[ratio.{key}:row],0)),"–")')  # fmt: skip


def workings() -> list[Row]:
    """What the sentences need."""
    return [
        head(WORKINGS),
        scalar("dash.cure", "Equity that cures every covenant test to come", USD,
               "=IF(COUNT([cov.cure_to_come:row])=0,0,MAX([cov.cure_to_come:row]))"),
        scalar("dash.short_most", "Largest shortfall of the account to come", USD, "=IFERROR(MAX(0,-{risk.least_headroom}),0)"),
        scalar("dash.million", "A million", "number", MILLION),
        scalar("dash.percent", "A hundred per cent", COUNT, PERCENT),
    ]  # fmt: skip


def _cover_light(key: str) -> str:
    """Formula: amber below the target, red below one."""
    tests = f"AVERAGE(IF({{ratio.min_{key}}}>=1,1,0),IF({{ratio.min_{key}}}>={{ratio.target}},1,0))"
    return f"=IF(ISNUMBER({{ratio.min_{key}}}),{tests},1)"


def rows() -> list[Row]:
    """The lines."""
    return [*_answer(), *_table()]
