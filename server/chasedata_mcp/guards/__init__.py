"""What stands between a call and the dialer: rules, questions to a person, and consents."""
