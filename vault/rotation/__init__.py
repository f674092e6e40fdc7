"""The rotation engine: takes due jobs and runs a rotation function through its four steps."""
