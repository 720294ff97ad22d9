"""`python -m ringfence`: the command line, where its script is not on the path."""

from ringfence.apps.cli.entry import run

if __name__ == "__main__":
    run()
