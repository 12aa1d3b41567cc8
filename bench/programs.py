# SPDX-License-Identifier: BSD-2-Clause
"""Programs that bench/run and bench/live start, and nginx among them."""
import os
import pathlib
import shutil
import subprocess
import sys
import time

OURSELVES = f"bench/{pathlib.Path(sys.argv[0]).name}"

SMALL = "<p>Hello.</p>\n" * 44  # a page
# `more` is what else there is in its server.
NGINX = """daemon off; worker_processes 1; pid {dir}/pid; error_log {dir}/error;
events {{ worker_connections 512; }}
http {{ access_log off; keepalive_requests 100000000; default_type text/html;
  client_body_temp_path {dir}/b; proxy_temp_path {dir}/p; fastcgi_temp_path {dir}/f;
  uwsgi_temp_path {dir}/u; scgi_temp_path {dir}/s;
  server {{ listen {address}:{port}; root {dir}; {more} }} }}
"""


def say(text):
    print(text, file=sys.stderr, flush=True)


def find(name):
    return shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")


def quietly(*command, **more):
    """Returns what it says, which is shown if it fails."""
    done = subprocess.run([*map(str, command)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                          text=True, check=False, **more)
    if done.returncode:
        raise SystemExit(f"{OURSELVES}: {' '.join(map(str, command))}\n{done.stdout[-4000:]}")
    return done.stdout


def wait_for(what, seconds=10):
    end = time.monotonic() + seconds
    while not what():
        if time.monotonic() > end:
            raise SystemExit(f"{OURSELVES}: what was started does not come up")
        time.sleep(0.02)


def start_nginx(folder, port, address="127.0.0.1", inside=(), more=""):
    """It serves the folder, in which its own files are, too."""
    folder.chmod(0o755)
    (folder / "conf").write_text(NGINX.format(dir=folder, port=port, address=address, more=more),
                                 encoding="ascii")
    return subprocess.Popen([*inside, find("nginx"), "-c", folder / "conf"], stderr=subprocess.DEVNULL)
