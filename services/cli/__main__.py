"""The command by its module, where no script is installed: `python -m services.cli`."""

from services.cli.main import main

if __name__ == "__main__":
    main()
