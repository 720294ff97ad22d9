"""What the texts for Terraform have in common."""


def removed_from_state(stem: str) -> tuple[str, ...]:
    """Commands that take back one file of a configuration: destroy would take the whole state with it."""
    return (
        f"# put the earlier {stem}.tf back, or remove it where there was none; never terraform destroy, "
        "which takes all that the state holds",
        "terraform plan -out plan  # only resources of this file may be destroyed or changed",
        "terraform apply plan",
    )
