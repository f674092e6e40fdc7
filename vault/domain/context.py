"""Who is calling, from where and when: what every service is handed besides its request."""

from __future__ import annotations

from datetime import datetime

from strongroom.kernel.hotrecord import hot_record


@hot_record
class CallContext:
    """One authenticated call. `account_id` and `region` are the caller's; `now` is aware, UTC."""

    account_id: str
    region: str
    principal_arn: str
    access_key_id: str
    request_id: str
    now: datetime
    source_ip: str = ""
    user_agent: str = ""
    partition: str = "aws"
    secure: bool = True
    """Whether nobody on the way could read along: the call came over TLS, or never left the process."""
