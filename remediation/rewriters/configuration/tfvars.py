"""`*.tfvars`: the assignment goes, and Terraform takes the variable from `TF_VAR_name`, which a file would override."""

from __future__ import annotations

from collections.abc import Sequence

from remediation.errors import NotRewritable
from remediation.rewriters.configuration import grammar, terraform
from remediation.rewriters.configuration.model import Fetch, File, Place, Use, Written, look
from remediation.rewriters.configuration.scalars import in_text

parses = terraform.parses
_HCL = "hcl"


def _assignment(file: File, place: Place) -> tuple[str, str, str]:
    """Return the variable's name and what stands around the value in its text."""
    if file.data[place.start : place.end] != place.value.reveal():
        raise NotRewritable("the value is written with escapes")
    here = grammar.leaf(grammar.tree(_HCL, file.data), place.start, place.end)
    kinds = [node.type for node in grammar.lineage(here)]
    if "string_lit" not in kinds or "collection_value" in kinds or "block" in kinds:
        raise NotRewritable("only a variable that is one text can come from the environment")
    string = next(node for node in grammar.lineage(here) if node.type == "string_lit")
    attribute = next(node for node in grammar.lineage(here) if node.type == "attribute")
    before = file.data[string.start_byte + 1 : place.start].decode("utf-8", "replace")
    after = file.data[place.end : string.end_byte - 1].decode("utf-8", "replace")
    return grammar.text(attribute.children[0]), before, after


def judge(file: File, place: Place) -> Use:
    """Return what a variable is given."""
    name, before, after = _assignment(file, place)
    return in_text(before, place.value, after, "terraform-variable", binding=name)


def rewrite(file: File, fetches: Sequence[Fetch]) -> Written:
    """Return the file without the assignments."""
    splices, around, variables, steps = [], [], {}, []
    for fetch in fetches:
        name, before, after = _assignment(file, fetch.place)
        here = grammar.leaf(grammar.tree(_HCL, file.data), fetch.place.start, fetch.place.end)
        attribute = next(node for node in grammar.lineage(here) if node.type == "attribute")
        edit = terraform.whole_lines(file.data, attribute)
        splices.append(edit)
        around.append((edit.start, edit.end))
        variables[f"TF_VAR_{name}"] = before + fetch.reference + after
        line = file.data.count(b"\n", 0, fetch.place.start) + 1
        steps.append(look(file.path, line, f"mark the variable {name} as sensitive", "plans show its value else"))
    data = grammar.edited(_HCL, file.data, splices, around)
    return Written(files={file.path: data}, variables=variables, steps=tuple(steps))
