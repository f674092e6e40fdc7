"""What programs hand to a shell or to the system: commands with their words, and scripts."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_RUN = {
    "words that are given one by one": """
-- main.rs --
use std::process::Command;
fn main() {
    Command::new("mysqldump").arg("-uroot").arg("-p⟦password p⟧").spawn();
    let mut copy = Command::new("sshpass");
    copy.args(["-p", "⟦password q⟧", "scp", "a", "h:"]);
}
""",
    "words in a list": """
-- dump.js --
const { execFile } = require('child_process');
execFile('mysqldump', ['-u', 'root', '-p⟦password p⟧', 'shop']);
""",
    "a script with a hole": """
-- dump.js --
const { execSync } = require('child_process');
const w = '⟦password p⟧';
execSync(`mysqldump -u root -p${w} shop`);
""",
    "words behind one another": """
-- main.go --
package main
import "os/exec"
func main() { exec.Command("sshpass", "-p", "⟦password p⟧", "ssh", "h").Run() }
""",
    "words that are added to a list": """
-- main.go --
package main
import "os/exec"
func main() {
	args := []string{"-h", "db"}
	args = append(args, "-u", "root", "-p⟦password p⟧")
	exec.Command("mysqldump", args...).Run()
}
""",
    "a shell that is run": """
-- main.go --
package main
import "os/exec"
func main() { exec.Command("sh", "-c", "curl -u 'bot:⟦password p⟧' https://x.acme.dev").Run() }
""",
    "a text in backquotes": """
-- a.rb --
w = '⟦password p⟧'
puts `sshpass -p #{w} ssh h uptime`
""",
    "one text, and words": """
-- a.rb --
system("redis-cli -a '⟦password p⟧' ping")
system('sshpass', '-p', '⟦password q⟧', 'ssh', 'h')
""",
    "a joined text of PHP": """
-- a.php --
<?php
$w = '⟦password p⟧';
shell_exec('mysqldump -u root -p' . $w . ' shop');
""",
    "a list of Python": """
-- a.py --
import subprocess
subprocess.run(["mysqldump", "-u", "root", "-p⟦password p⟧", "shop"], check=True)
""",
    "a script of a shell in a script": """
-- a.sh --
ssh root@h "echo '⟦password p⟧' | sudo -S reboot"
""",
    "a command within another": """
-- a.sh --
sudo docker exec -i db mysql -uroot -p'⟦password p⟧' shop
""",
    "what a remote shell reads": """
-- a.sh --
ssh root@h bash -s <<'EOT'
mysql -u root -p'⟦password p⟧' shop
EOT
""",
}


@pytest.mark.parametrize("about", _RUN)
def test_commands_are_read_in(about: str) -> None:
    assert outcome(about, f"A program.{_RUN[about]}") == (set(), set())


def test_commands_that_take_a_password_from_elsewhere_are_quiet() -> None:
    program = """A program.
-- run.js --
const { execFile, exec, spawn } = require('child_process');
spawn('docker', ['run', '-p', '8080:80', '-e', 'LOG_LEVEL=debug2', 'nginx:1.25']);
execFile('mysqldump', ['--defaults-extra-file=/etc/acme/db-2.cnf', '-h', 'db2', 'shop']);
exec(`mysql -u root -p$MYSQL_PASSWORD shop < dump2.sql`);
execFile('openssl', ['enc', '-d', '-pass', 'file:/run/secrets/key-2', '-in', 'a2']);
"""
    assert outcome("quiet", program) == (set(), set())
