"""Run the command as ``python -m certifier_client``, such as when it is not on the path."""

from certifier_client.cli import main

if __name__ == "__main__":
    main()
