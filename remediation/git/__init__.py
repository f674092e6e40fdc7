"""Git by plumbing: commits are made of blobs in memory, nothing is ever checked out."""
