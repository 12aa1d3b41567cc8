# SPDX-License-Identifier: BSD-2-Clause
"""What `meson install` puts where, and the library as a program outside would use it"""
import os
import re
import shutil
import subprocess

import pytest

from lab import BUILD, ROOT, Capture, Connection

PREFIX = "usr/local"


@pytest.fixture(scope="module")
def installed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("install")
    subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet",
                    "--destdir", folder], check=True, capture_output=True)
    return folder / PREFIX


def found(installed, name):
    return [path for path in installed.rglob(name)]


@pytest.mark.parametrize("name", [
    "httpwire", "httpwire.h", "libhttpwire.so", "httpwire.pc", "httpwire.1", "httpwire-tracee.7", "net_packet_http.7",
    "_httpwire", "httpwire.service"])
def test_it_is_there(installed, name):
    assert found(installed, name) or found(installed, name + ".gz")


def test_bash_completion_is_there(installed):
    assert [p for p in found(installed, "httpwire") if "bash-completion" in str(p)]


def test_the_licence_is_there(installed):
    licence = installed / "share" / "doc" / "httpwire" / "LICENSE"
    assert licence.read_text(encoding="utf-8") == (ROOT / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("folder", ["apparmor.d", "logrotate.d"])
def test_it_is_where_the_system_looks(installed, folder):
    assert (installed.parents[1] / "etc" / folder / "httpwire").exists()


def test_it_is_built_without_tests(tmp_path):
    """What ./run leaves: `meson install` builds the rest of it, and should not take long."""
    folder = tmp_path / "build"
    subprocess.run(["meson", "setup", "--buildtype=release", "-Db_pgo=use", folder, ROOT], check=True, capture_output=True)
    steps = subprocess.run(["ninja", "-n", "-C", folder], check=True, capture_output=True, text=True).stdout
    assert "httpwire.1" in steps and "tests/" not in steps


def test_only_the_public_calls_are_exported(installed):
    library, = found(installed, "libhttpwire.so")
    names = subprocess.run(["nm", "-D", "--defined-only", library], check=True,
                           capture_output=True, text=True).stdout.split()[2::3]
    declared = set(re.findall(r"\b(hw_\w+)\(", (ROOT / "include/httpwire.h").read_text()))
    assert names and set(names) <= declared
    assert {"hw_engine_new", "hw_engine_feed", "hw_encoder_encode", "hw_version"} <= set(names)


def example():
    """The program in the comment at the head of httpwire.h, with a reader of one frame."""
    comment = (ROOT / "include/httpwire.h").read_text().split("*/")[1]
    code = [line[3:] for line in comment.splitlines() if line.startswith(" *\t")]
    split = code.index("struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;") \
        if "struct hw_engine_options options = HW_ENGINE_OPTIONS_INIT;" in code else None
    assert split, "the example has changed its shape"
    return "\n".join([
        "#include <httpwire.h>", "#include <stdio.h>", *code[:split],
        "static bool read_a_frame(struct hw_frame *ret) {",
        "\tstatic unsigned char bytes[65536];",
        "\tstatic unsigned long long number;",
        "\tunsigned char len[2];",
        "\tif (fread(len, 1, 2, stdin) != 2) return false;",
        "\t*ret = (struct hw_frame){ .data = bytes, .linktype = 101, .number = ++number };",
        "\tret->len = ret->wire_len = (unsigned)(len[0] << 8 | len[1]);",
        "\treturn fread(bytes, 1, ret->len, stdin) == ret->len;",
        "}", "int main(void) {", "\tstruct hw_frame frame;", *code[split:], "\treturn 0;", "}"])


@pytest.mark.unsanitized("links without what the library would need")
@pytest.mark.parametrize("compiler", ["gcc", "clang-14", "g++"])
def test_the_example_compiles_and_runs(installed, tmp_path, compiler):
    if not shutil.which(compiler):
        pytest.skip(f"no {compiler}")
    if compiler == "g++":
        (tmp_path / "c.cc").write_text("#include <httpwire.h>\nint main() { return !hw_version(); }\n")
        source = tmp_path / "c.cc"
    else:
        (tmp_path / "example.c").write_text(example())
        source = tmp_path / "example.c"
    pc, = found(installed, "httpwire.pc")
    environment = {**os.environ, "PKG_CONFIG_PATH": str(pc.parent),
                   "PKG_CONFIG_SYSROOT_DIR": str(installed.parents[1])}
    flags = subprocess.run(["pkg-config", "--cflags", "--libs", "httpwire"], env=environment,
                           check=True, capture_output=True, text=True).stdout.split()
    library, = found(installed, "libhttpwire.so")
    subprocess.run([compiler, source, "-o", tmp_path / "example", *flags], check=True)
    made = Capture()
    Connection(made).send(0, b"GET /example HTTP/1.1\r\nHost: h\r\n\r\n")
    frames = b"".join(len(p).to_bytes(2, "big") + p for _, p in made.packets)
    done = subprocess.run([tmp_path / "example"], input=frames, capture_output=True, check=True,
                          env={**os.environ, "LD_LIBRARY_PATH": str(library.parent)})
    if compiler != "g++":
        assert b'"uri_path":"/example"' in done.stdout
