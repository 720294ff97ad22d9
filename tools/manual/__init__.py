"""What the build of the manual makes: reference pages, tables and ladders, each from the program itself."""
