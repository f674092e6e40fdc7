"""The vault: a versioned, envelope-encrypted secret store that answers as AWS Secrets Manager does."""
