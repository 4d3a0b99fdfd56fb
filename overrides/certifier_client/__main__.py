"""``python -m certifier_client``, for where the command is not on the path."""

from certifier_client.cli import main

if __name__ == "__main__":
    main()
