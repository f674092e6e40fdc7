"""Manifests of Go, Java's builds and .NET: the SDK is listed once, in the file's own style, and nothing else moves."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from remediation.manifests import dotnet, go, jvm
from remediation.model import Edit, Entry, Step


def entries(**files: str) -> dict[str, Entry]:
    paths = {name.replace("__", "/").replace("_", "."): text for name, text in files.items()}
    return {path: Entry(mode="100644", blob_id="b", data=text.encode()) for path, text in paths.items()}


def added(edits: Sequence[Edit]) -> list[str]:
    """Return the lines that edits add, in order, without what a file had; none may have gone."""
    found: list[str] = []
    for edit in edits:
        old, new = edit.before.decode().splitlines(), edit.after.decode().splitlines()
        kept = iter(new)
        assert all(line in kept for line in old)
        found += [line for line in new if line not in old]
    return found


def manual(steps: Sequence[Step]) -> list[str]:
    return [f"{step.action}: {step.reason}" for step in steps]


def test_a_go_module_that_requires_single_lines_gets_a_block() -> None:
    edits, steps = go.add_sdk(entries(go_mod="module x\n\ngo 1.21\n\nrequire a.b/c v1.0.0\n"), "go.mod")

    assert (
        edits[0].after.decode().startswith("module x\n\ngo 1.21\n\nrequire a.b/c v1.0.0\n\nrequire (\n\tgithub.com/aws")
    )
    assert manual(steps) == ["run go mod tidy: go.sum is made by the go command; without it the module does not build"]


def test_a_go_module_that_lists_the_sdk_stays() -> None:
    listed = "module x\n\nrequire (\n\tgithub.com/aws/aws-sdk-go-v2/config v1.31.0\n"
    listed += "\tgithub.com/aws/aws-sdk-go-v2/service/secretsmanager v1.36.0\n)\n"

    assert go.add_sdk(entries(go_mod=listed), "go.mod") == ((), ())


SDK = "software.amazon.awssdk:secretsmanager:2.29.52"
POM = "<project>\n\t<modelVersion>4.0.0</modelVersion>\n{}</project>\n"
MANAGED = """\t<dependencyManagement>
\t\t<dependencies>
\t\t\t<dependency>
\t\t\t\t<groupId>software.amazon.awssdk</groupId>
\t\t\t\t<artifactId>bom</artifactId>
\t\t\t\t<version>2.29.0</version>
\t\t\t\t<type>pom</type>
\t\t\t\t<scope>import</scope>
\t\t\t</dependency>
\t\t</dependencies>
\t</dependencyManagement>
"""


def test_a_pom_without_dependencies_gets_them_with_its_own_indent() -> None:
    edits, _ = jvm.add_sdk(entries(pom_xml=POM.format("")), "src/main/java")

    assert added(edits) == [
        "\t<dependencies>",
        "\t\t<dependency>",
        "\t\t\t<groupId>software.amazon.awssdk</groupId>",
        "\t\t\t<artifactId>secretsmanager</artifactId>",
        "\t\t\t<version>2.29.52</version>",
        "\t\t</dependency>",
        "\t</dependencies>",
    ]


def test_a_pom_that_imports_the_list_of_versions_names_none() -> None:
    edits, _ = jvm.add_sdk(entries(pom_xml=POM.format(MANAGED)), "")

    assert not any("<version>2.29.52" in line for line in added(edits))
    assert edits[0].after.count(b"<artifactId>secretsmanager</artifactId>") == 1


def test_a_pom_that_lists_the_sdk_stays_and_a_comment_is_no_list() -> None:
    listed = "\t<dependencies><dependency><artifactId>secretsmanager</artifactId></dependency></dependencies>\n"

    assert jvm.add_sdk(entries(pom_xml=POM.format(listed)), "")[0] == ()
    assert jvm.add_sdk(entries(pom_xml=POM.format(f"<!--{listed}-->")), "")[0] != ()


def test_a_broken_pom_is_left_to_a_person() -> None:
    edits, steps = jvm.add_sdk(entries(pom_xml="<project><a></project>"), "")

    assert edits == ()
    assert manual(steps) == ["add software.amazon.awssdk:secretsmanager: the file is not well-formed XML"]


@pytest.mark.parametrize(
    ("name", "before", "line"),
    [
        ("build_gradle", "dependencies {\n\tapi 'a:b:1'\n}\n", f"\timplementation '{SDK}'"),
        ("build_gradle", 'dependencies {\n  implementation("a:b:1")\n}\n', f'  implementation("{SDK}")'),
        ("build_gradle_kts", "dependencies {\n}\n", f'    implementation("{SDK}")'),
    ],
)
def test_a_gradle_build_lists_the_sdk_as_it_lists_others(name: str, before: str, line: str) -> None:
    edits, _ = jvm.add_sdk(entries(**{name: before}), "src/main/java")

    assert added(edits) == [line]


def test_a_gradle_build_without_plain_dependencies_is_left_to_a_person() -> None:
    edits, steps = jvm.add_sdk(entries(build_gradle="apply from: 'more.gradle'\n"), "")

    assert edits == ()
    assert "no plain block of dependencies" in manual(steps)[0]


def test_a_module_of_java_has_to_require_the_sdk() -> None:
    module = Entry(mode="100644", blob_id="b", data=b"module shop {\n}\n")
    files = {**entries(build_gradle="dependencies {\n}\n"), "src/main/java/module-info.java": module}

    _, steps = jvm.add_sdk(files, "src/main/java")

    assert manual(steps)[0].startswith("add to the module: requires software.amazon.awssdk.services.secretsmanager")


def test_a_project_of_net_lists_the_sdk_once() -> None:
    group = '  <ItemGroup>\r\n    <Compile Remove="x" />\r\n  </ItemGroup>\r\n'
    project = f'<Project Sdk="Microsoft.NET.Sdk">\r\n{group}</Project>\r\n'
    edits, _ = dotnet.add_sdk(entries(Shop_csproj=project), "Shop.csproj")

    assert added(edits) == ['    <PackageReference Include="AWSSDK.SecretsManager" Version="3.7.400.44" />']
    assert b"\n" not in edits[0].after.replace(b"\r\n", b"")
    again = entries(Shop_csproj=edits[0].after.decode())
    assert dotnet.add_sdk(again, "Shop.csproj") == ([], ())
