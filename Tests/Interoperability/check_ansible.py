"""Runs a playbook over two profiles: Ansible's own ssh, the dynamic inventory, the emulator, a real ssh server."""
import getpass
import glob
import json
import os
import random
import subprocess
import sys
import tempfile
import time

PROGRAMS = os.path.abspath(sys.argv[1])
ANSIBLE = os.path.dirname(sys.executable)
TENANT = "22222222-2222-2222-2222-222222222222"
CLIENT = "33333333-3333-3333-3333-333333333333"
GROUPS = "/subscriptions/11111111-1111-1111-1111-111111111111/resourceGroups"
HOST = f"{GROUPS}/rg-hub/providers/Microsoft.Network/bastionHosts/bas-hub"
MACHINE = f"{GROUPS}/rg-dev/providers/Microsoft.Compute/virtualMachines/dev-linux"
passed = 0


def check(what, condition, detail=""):
    global passed
    if not condition:
        print(f"FAILED: {what} {detail}")
        sys.exit(1)
    passed += 1
    print(f"ok: {what}")


def write(path, text, mode=0o600):
    os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
    with open(path, "w") as file:
        file.write(text)
    os.chmod(path, mode)


def wait(path, text, process):
    """Until the text stands in the file. False where the process ended before."""
    for _ in range(400):
        if os.path.exists(path) and text in open(path).read():
            return True
        if process.poll() is not None:
            return False
        time.sleep(0.02)
    return False


def ssh_server(folder):
    """An ssh server that lets the user of this process in by a key, and its port."""
    if os.geteuid() == 0:
        os.makedirs("/run/sshd", exist_ok=True)
    for name in ("host", "the key's file"):
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", f"{folder}/{name}"], check=True)
    os.rename(f"{folder}/the key's file.pub", f"{folder}/authorized")
    for _ in range(20):
        port = random.randrange(20_000, 32_000)
        write(f"{folder}/sshd.conf", f"""
Port {port}
ListenAddress 127.0.0.1
HostKey {folder}/host
PidFile none
StrictModes no
UsePAM no
PasswordAuthentication no
PermitRootLogin yes
AuthorizedKeysFile {folder}/authorized
Subsystem sftp internal-sftp
""")
        server = subprocess.Popen(["/usr/sbin/sshd", "-D", "-f", f"{folder}/sshd.conf", "-E", f"{folder}/sshd.log"])
        if wait(f"{folder}/sshd.log", f"listening on 127.0.0.1 port {port}", server):
            return server, port
        os.remove(f"{folder}/sshd.log")
    sys.exit("no ssh server")


def emulator(folder, port, secret):
    write(f"{folder}/emulator.yaml", f"""
version: 1
listen: 127.0.0.1:0
tenants: {{{TENANT}: {{clients: {{{CLIENT}: {{clientSecret: "{secret}"}}}}}}}}
hosts: [{{resourceId: {HOST}, sku: Standard, enableIpConnect: true}}]
targets:
  - {{resourceId: {MACHINE}, ports: {{22: "127.0.0.1:{port}"}}}}
  - {{ip: 10.0.0.4, ports: {{22: "127.0.0.1:{port}"}}}}
""")
    with open(f"{folder}/emulator.out", "w") as output:
        process = subprocess.Popen(
            [f"{PROGRAMS}/bastion-emulator", "--config", f"{folder}/emulator.yaml", "--state", f"{folder}/emulator",
             "--log", f"{folder}/requests.jsonl"], stdout=output)
    check("the emulator starts", wait(f"{folder}/emulator.out", "dnsName=", process))
    return process, dict(line.strip().split("=", 1) for line in open(f"{folder}/emulator.out"))


def profiles(folder, values):
    write(f"{folder}/config/bastion-up/profiles/lab.yaml", f"""
version: 1
clouds:
  lab:
    authority: {values["authority"]}
    resourceManager: {values["resourceManager"]}
    bastionSuffix: {values["bastionSuffix"]}
    caFile: {values["caFile"]}
hosts:
  hub: {{resourceId: {HOST}, tenant: {TENANT}, cloud: lab}}
profiles:
  base:
    template: true
    host: hub
    tags: [dev, our-team]
    auth: {{type: ssh-key, key: "{folder}/the key's file", username: {getpass.getuser()}}}
  by-id: {{extends: base, target: {{resourceId: {MACHINE}}}}}
  by-address: {{extends: base, target: {{ip: 10.0.0.4}}}}
  bare: {{extends: base, tags: [], target: {{ip: 10.0.0.4}}}}
  desktop: {{extends: base, target: {{resourceId: {MACHINE}}}, auth: {{type: password}}, client: xfreerdp}}
""")


PLAYBOOK = """
- hosts: our_team
  gather_facts: false
  tasks:
    - command: echo "$HOME 'quoted' über"
      register: echoed
    - assert:
        that: "'quoted' in echoed.stdout and 'über' in echoed.stdout"
    - copy:
        content: "written on {{ inventory_hostname }}: é\\n"
        dest: "{{ folder }}/made by {{ inventory_hostname }}"
    - fetch:
        src: "{{ folder }}/made by {{ inventory_hostname }}"
        dest: "{{ folder }}/fetched/"
"""


def ansible(folder, short, secret):
    """All that is asked of Ansible. The folder's name has in it what quoting may lose."""
    link = f"{folder}/bastion-up-inventory"
    os.symlink(f"{PROGRAMS}/bastion-up", link)
    environment = {
        "PATH": os.environ["PATH"], "HOME": folder, "LANG": "C.UTF-8", "XDG_CONFIG_HOME": f"{folder}/config",
        "XDG_STATE_HOME": f"{folder}/state", "XDG_CACHE_HOME": f"{folder}/cache", "XDG_RUNTIME_DIR": short,
        "AZURE_TENANT_ID": TENANT, "AZURE_CLIENT_ID": CLIENT, "AZURE_CLIENT_SECRET": secret,
        "ANSIBLE_HOME": f"{short}/ansible", "ANSIBLE_REMOTE_TMP": f"{short}/remote",
        "ANSIBLE_SSH_CONTROL_PATH_DIR": f"{short}/cp", "ANSIBLE_PYTHON_INTERPRETER": sys.executable}

    def run(*words):
        return subprocess.run(words, env=environment, cwd=short, capture_output=True, text=True, timeout=120)

    listed = json.loads(run(link, "--list").stdout)
    check("tags are groups", listed["our_team"]["hosts"] == ["by-address", "by-id"], listed)
    check("what has no tag is ungrouped", listed["ungrouped"]["hosts"] == ["bare"], listed)
    check("a desktop is no host", "desktop" not in json.dumps(listed), listed)
    one = json.loads(run(link, "--host", "by-id").stdout)
    check("--host says what --list says", one == listed["_meta"]["hostvars"]["by-id"], one)
    seen = run(f"{ANSIBLE}/ansible-inventory", "-i", link, "--list", "--export")
    check("Ansible reads the inventory without complaint", seen.returncode == 0 and seen.stderr == "", seen.stderr)
    write(f"{short}/playbook.yaml", PLAYBOOK)
    try:
        result = run(
            f"{ANSIBLE}/ansible-playbook", "-i", link, "-e", json.dumps({"folder": short}), f"{short}/playbook.yaml")
    finally:
        # Ansible leaves its connections open for the next run.
        for socket in glob.glob(f"{short}/cp/*"):
            run("ssh", "-o", f"ControlPath={socket}", "-O", "exit", "any")
    check("a playbook runs over two profiles", result.returncode == 0, result.stdout + result.stderr)
    check("nothing was said against it", "WARNING" not in result.stderr, result.stderr)
    for name in ("by-id", "by-address"):
        with open(f"{short}/fetched/{name}{short}/made by {name}") as file:
            check(f"a file went to {name} and back", file.read() == f"written on {name}: é\n")


def sessions(log):
    """How often the emulator opened and deleted one, after it had time to."""
    for _ in range(200):
        with open(log) as file:
            text = file.read()
        counts = text.count('"session-opened"'), text.count('"session-deleted"')
        if counts[0] == counts[1]:
            break
        time.sleep(0.02)
    return counts


def main():
    processes = []
    with tempfile.TemporaryDirectory(prefix="bu-") as short:
        # Whatever names a path must survive the inventory, Ansible, ssh and the shell of the ProxyCommand.
        folder = f"{short}/it's 100 %d"
        os.mkdir(folder, mode=0o700)
        secret = "emulated-secret-for-ansible"
        try:
            server, port = ssh_server(short)
            processes.append(server)
            os.rename(f"{short}/the key's file", f"{folder}/the key's file")
            process, values = emulator(short, port, secret)
            processes.append(process)
            profiles(folder, values)
            ansible(folder, short, secret)
            counts = sessions(f"{short}/requests.jsonl")
            check("each machine was reached once, and each session was deleted", counts == (2, 2), counts)
        finally:
            for process in processes:
                process.terminate()
                process.wait()
    print(f"{passed} checks passed")


main()
