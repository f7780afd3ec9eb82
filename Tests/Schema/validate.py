#!/usr/bin/env python3
"""JSON Lines held against a JSON Schema: validate.py SCHEMA < LINES

Knows the keywords of draft 2020-12 that our schema uses and refuses any other, so that none is passed over. Status 1
and a line for each violation when there are any.
"""
import json
import re
import sys

TYPES = {"object": dict, "array": list, "string": str, "boolean": bool, "null": type(None), "integer": int}
ANNOTATIONS = {"$schema", "$defs", "title", "description"}


class Validator:
    def __init__(self, schema):
        self.root = schema

    def resolve(self, reference):
        if not reference.startswith("#/$defs/"):
            raise SystemExit(f"reference not understood: {reference}")
        return self.root["$defs"][reference.removeprefix("#/$defs/")]

    def errors(self, value, schema=None, path="$"):
        """What is wrong with `value`, as texts."""
        found, _ = self.evaluate(value, self.root if schema is None else schema, path)
        return found

    def evaluate(self, value, schema, path):
        """Errors, and the names of the members that the schema has looked at."""
        errors, seen = [], set()

        def also(subschema):
            more, names = self.evaluate(value, subschema, path)
            errors.extend(more)
            seen.update(names)

        for keyword, want in schema.items():
            if keyword in ANNOTATIONS or keyword in ("then", "unevaluatedProperties", "additionalProperties"):
                continue
            method = getattr(self, "check_" + keyword.strip("$"), None)
            if keyword in ("$ref", "allOf"):
                for subschema in [self.resolve(want)] if keyword == "$ref" else want:
                    also(subschema)
            elif keyword == "if":
                if not self.errors(value, want, path):
                    also(schema["then"])
            elif keyword == "properties":
                if isinstance(value, dict):
                    for name in want.keys() & value.keys():
                        seen.add(name)
                        errors += self.errors(value[name], want[name], f"{path}.{name}")
            elif method is None:
                raise SystemExit(f"keyword not understood: {keyword}")
            else:
                errors += (f"{path}: {text}" for text in method(value, want))
                if keyword == "items" and isinstance(value, list):
                    for index, element in enumerate(value):
                        errors += self.errors(element, want, f"{path}[{index}]")
        closed = schema.get("unevaluatedProperties", schema.get("additionalProperties", True)) is False
        if closed and isinstance(value, dict):
            errors += (f"{path}: {name} is not in the schema" for name in value.keys() - seen)
        return errors, seen

    def check_type(self, value, want):
        names = want if isinstance(want, list) else [want]
        if not any(type(value) is TYPES[name] for name in names):
            yield f"{value!r} is no {' or '.join(names)}"

    def check_const(self, value, want):
        if type(value) is not type(want) or value != want:
            yield f"{value!r} is not {want!r}"

    def check_enum(self, value, want):
        if value not in want:
            yield f"{value!r} is none of {want}"

    def check_anyOf(self, value, want):
        if all(self.errors(value, subschema) for subschema in want):
            yield f"{value!r} suits no alternative"

    def check_required(self, value, want):
        if isinstance(value, dict):
            yield from (f"{name} is missing" for name in want if name not in value)

    def check_items(self, value, want):
        return ()

    def check_uniqueItems(self, value, want):
        if isinstance(value, list) and any(element in value[:index] for index, element in enumerate(value)):
            yield "an element occurs twice"

    def check_pattern(self, value, want):
        if isinstance(value, str) and not re.search(want, value):
            yield f"{value!r} does not match {want}"

    def check_minimum(self, value, want):
        if isinstance(value, int) and value < want:
            yield f"{value} is less than {want}"

    def check_maximum(self, value, want):
        if isinstance(value, int) and value > want:
            yield f"{value} is more than {want}"

    def check_multipleOf(self, value, want):
        if isinstance(value, int) and value % want:
            yield f"{value} is no multiple of {want}"


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="utf-8") as stream:
        validator = Validator(json.load(stream))
    lines = violations = 0
    for lines, line in enumerate(sys.stdin, 1):
        for error in validator.errors(json.loads(line)):
            violations += 1
            print(f"line {lines}: {error}")
    if not lines:
        sys.exit("no lines")
    sys.exit(1 if violations else 0)


if __name__ == "__main__":
    main()
