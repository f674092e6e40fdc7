"""The wire: boto3, the AWS CLI and hand-made requests against a real server."""
