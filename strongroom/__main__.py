"""`python -I -m strongroom`: the same as the console script."""

from strongroom.entry import main

main()
