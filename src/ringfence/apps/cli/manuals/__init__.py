"""What each verb takes, as values: manual pages and the reference are made from it."""
