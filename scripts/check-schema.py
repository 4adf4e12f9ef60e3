"""Compares the validator's verdict on each corpus file with the verdict that is expected."""
import json
import pathlib
import subprocess
import sys

validator = sys.argv[1]
schema = "schemas/profiles.schema.json"
marker = "# schema: accepts"


def expected_to_pass(path):
    if path.parent.name != "bad":
        return True
    return path.read_bytes().split(b"\n", 1)[0].decode(errors="replace").strip() == marker


def verdicts(paths):
    """The messages of the files that are rejected, and the files that the validator cannot read."""
    command = [validator, "--output-format", "json", "--schemafile", schema]
    result = subprocess.run(command + [str(path) for path in paths], capture_output=True, text=True)
    try:
        report = json.loads(result.stdout)
    except json.JSONDecodeError:
        if len(paths) == 1:
            return {}, {str(paths[0])}
        raise
    rejected = {entry["filename"]: entry["message"] for entry in report.get("errors", [])}
    return rejected, {entry["filename"] for entry in report.get("parse_errors", [])}


subprocess.run([validator, "--check-metaschema", schema], check=True, stdout=subprocess.DEVNULL)
paths = [path for folder in ("Tests/Corpus/good", "Tests/Corpus/bad", "profiles")
         for path in sorted(pathlib.Path(folder).glob("*.yaml"))]
# Hostile YAML stops the validator itself, so these files are shown to it one by one.
alone = [path for path in paths if path.name.startswith("yaml-")]
rejected, unreadable = verdicts([path for path in paths if path not in alone])
for path in alone:
    more_rejected, more_unreadable = verdicts([path])
    rejected |= more_rejected
    unreadable |= more_unreadable

failures = 0
for path in paths:
    # What the validator's own YAML reader refuses is no verdict of the schema.
    if str(path) in unreadable:
        if path.parent.name != "bad":
            print(f"{path}: cannot be read by the validator")
            failures += 1
        continue
    passes = str(path) not in rejected
    if passes != expected_to_pass(path):
        print(f"{path}: " + ("passes, and should fail" if passes else f"fails: {rejected[str(path)]}"))
        failures += 1
print(f"{len(paths)} files, {len(rejected)} rejected by the schema, {failures} unexpected")
sys.exit(1 if failures else 0)
