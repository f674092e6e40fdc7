"""Terraform: blocks as calls of their type, modules' inputs, repeated blocks, and programs that a shell runs."""

from __future__ import annotations

import pytest

from tests.unit.scanner.analysis.followed import outcome

_FOUND = {
    "the default of an optional attribute": """
variable "login" {
  type    = object({ pw = optional(string, "⟦password p⟧") })
  default = {}
}
resource "aws_db_instance" "x" { password = var.login.pw }
""",
    "a block's argument without a telling name": """
resource "google_secret_manager_secret_version" "v" {
  secret_data = "⟦password p⟧"
}
""",
    "an entry of a document that a function makes": """
resource "vault_generic_secret" "v" {
  data_json = jsonencode({ entry = "⟦password p⟧" })
}
""",
    "a name and a value in a block": """
resource "helm_release" "cache" {
  set_sensitive {
    name  = "auth.password"
    value = "⟦password p⟧"
  }
}
""",
    "an element of a list by its number": """
variable "words" {
  default = ["⟦password p⟧", "⟦password q⟧"]
}
resource "postgresql_role" "r" {
  count    = 2
  password = var.words[count.index]
}
""",
    "a list that is made of a map": """
locals {
  users = { a = { entry = "⟦password p⟧" } }
  words = [for u in local.users : u.entry]
}
resource "postgresql_role" "r" {
  password = local.words[0]
}
""",
    "a program that a provisioner runs": """
resource "null_resource" "x" {
  provisioner "local-exec" {
    command = "PGPASSWORD=⟦password p⟧ psql -h db -f init.sql"
  }
}
""",
    "a local value in a program that a machine runs": """
locals {
  boot = "⟦password p⟧"
}
resource "aws_instance" "web" {
  user_data = <<-EOF
    #!/usr/bin/env bash
    mysql -u root -p${local.boot} shop
  EOF
}
""",
    "an output with a telling name": """
output "admin_password" {
  value = "⟦password p⟧"
}
""",
    "what a module gives back": """
module "creds" {
  source = "./creds"
}
resource "aws_docdb_cluster" "d" {
  master_password = module.creds.phrase
}
-- creds/main.tf --
locals { p = "⟦password p⟧" }
output "phrase" { value = local.p }
""",
    "what takes the place of an entry": """
resource "aws_rds_cluster" "c" {
  master_password = lookup(var.words, terraform.workspace, "⟦password p⟧")
}
""",
    "users of a machine": """
resource "openstack_compute_instance_v2" "i" {
  user_data = <<-EOF
    #cloud-config
    chpasswd:
      list: |
        root:⟦password p⟧
  EOF
}
""",
}

_QUIET = {
    "a plain parameter": """
resource "aws_ssm_parameter" "size" {
  name  = "/prod/size"
  type  = "String"
  value = "db.t4g.medium-Gen2"
}
""",
    "addresses in a secret's data": """
resource "kubernetes_secret" "s" {
  data = {
    host = "smtp-1.acme.internal:587"
    url  = "https://mail.acme.dev/Api/V2/send"
  }
}
""",
    "a secret's name": """
resource "helm_release" "api" {
  set {
    name  = "auth.existingSecret"
    value = "api-credentials-v2"
  }
}
""",
}


@pytest.mark.parametrize("about", _FOUND)
def test_a_literal_that_reaches_a_secret_is_found(about: str) -> None:
    assert outcome(about, f"-- main.tf --\n{_FOUND[about].lstrip()}") == (set(), set())


@pytest.mark.parametrize("about", _QUIET)
def test_blocks_without_a_literal_secret_are_quiet(about: str) -> None:
    assert outcome(about, f"-- main.tf --\n{_QUIET[about].lstrip()}") == (set(), set())
