"""Profile files as a large team has them, for the topics that read many."""

SUBSCRIPTION = "11111111-1111-1111-1111-111111111111"
HOSTS = 20

HEAD = "version: 1\n"
BASES = """\
  linux-base:
    template: true
    host: hub-0
    auth: {type: ssh-key, key: ~/.ssh/id_ed25519}
"""


def hosts():
    lines = [f"  hub-{number}: {{name: bas-hub-{number}, resourceGroup: rg-hub, subscription: {SUBSCRIPTION}}}\n"
             for number in range(HOSTS)]
    return "hosts:\n" + "".join(lines)


def profile(number):
    """Three quarters are Linux machines that extend a template, the others are Windows machines."""
    if number % 4 == 3:
        return f"""\
  win-{number}:
    description: "Windows desktop number {number}: finance"
    host: hub-{number % HOSTS}
    tags: [prod, windows, team-{number % 50}]
    target: {{vm: win-{number}, resourceGroup: rg-dev-{number % 100}}}
    auth: {{type: password, username: 'CONTOSO\\user{number}'}}
    client: xfreerdp
    rdp: {{size: 1920x1080, clipboard: true}}
"""
    group = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/rg-dev-{number % 100}"
    return f"""\
  dev-{number}:
    extends: linux-base
    description: Build box number {number} of the platform team
    host: hub-{number % HOSTS}
    tags: [dev, linux]
    target:
      resourceId: {group}/providers/Microsoft.Compute/virtualMachines/dev-{number}
    auth: {{username: azureuser}}
    ports: ["{20000 + number % 10000}:5900", {{local: {30000 + number % 10000}, remote: 8080, via: ssh}}]
"""


def write(folder, count, a_file):
    """Writes so many profiles, so many a file. Gives the files."""
    files = []

    def add(name, text):
        path = folder / name
        path.write_text(text)
        path.chmod(0o600)
        files.append(path)

    whole = a_file >= count
    shared = hosts() + "profiles:\n" + BASES
    if not whole:
        add("shared.yaml", HEAD + shared)
    for start in range(0, count, a_file):
        own = "".join(profile(number) for number in range(start, min(count, start + a_file)))
        add(f"team-{start:05}.yaml", HEAD + (shared if whole else "profiles:\n") + own)
    return files
