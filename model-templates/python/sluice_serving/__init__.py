"""What serve.py is made of. A package, so that no name in it can be that of a file beside somebody's predict.py."""
