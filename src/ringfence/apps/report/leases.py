"""What a proof says of leases that it shortened."""

from ringfence.verify.report import Report


def lease_words(report: Report) -> str:
    """That leases were shortened, and what it means for the renewals that were seen (T1: RFC 2131 4.4.5)."""
    said = " and ".join(f"{lease} s" for lease in report.shortened_leases)
    longest = report.shortened_leases[-1]
    return (
        f"{said} at the site, {report.proved_lease} s in the boots, so that a renewal comes after "
        f"{report.proved_lease // 2} s instead of {longest // 2} s"
    )
