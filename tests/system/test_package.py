#!/usr/bin/python3
"""The Debian packages: built, judged by lintian, installed into a root of their own, used there,
upgraded and removed; and a program is built against the library as the packages give it."""
# test: slow, alone
import glob
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.join(ROOT, "build", "release")
NAMES = ("samenbusd", "samenbus", "libsamenbus0", "libsamenbus-dev", "python3-samenbus")
HEADERS = "usr/include/samenbus"


def check(condition, what):
    if not condition:
        raise AssertionError(what)


def run(*argv, **more):
    done = subprocess.run(argv, text=True, capture_output=True, check=False, **more)
    check(done.returncode == 0, f"{argv}: exit {done.returncode}\n{done.stdout}{done.stderr}")
    return done.stdout


def version():
    """Of the project, major and minor."""
    with open(os.path.join(ROOT, "CMakeLists.txt"), encoding="utf-8") as f:
        return re.search(r"VERSION (\d+\.\d+)\.\d+", f.read())[1]


def build():
    if not os.path.exists(os.path.join(BUILD, "build.ninja")):
        run("cmake", "--preset", "release", cwd=ROOT)
    run("ninja", "-C", BUILD, "-j2", cwd=ROOT)
    for old in glob.glob(os.path.join(BUILD, "*.deb")):
        os.remove(old)
    run("cpack", cwd=BUILD)
    packages = {name: glob.glob(os.path.join(BUILD, name + "_*.deb")) for name in NAMES}
    check(all(len(found) == 1 for found in packages.values()), packages)
    return {name: found[0] for name, found in packages.items()}


def judge(packages):
    if shutil.which("lintian") is None:
        print("lintian is not here: the packages were not judged")
        return
    out = subprocess.run(["lintian", "--allow-root", "--fail-on", "error", *packages.values()],
                         text=True, capture_output=True, check=False)
    print(out.stdout)
    check(out.returncode == 0, "lintian finds errors")


def unpack(packages, folder):
    for package in packages.values():
        run("dpkg-deb", "-x", package, folder)
    return folder


def declared(folder):
    """The functions that the installed headers declare, but for those that they define."""
    found = set()
    for header in glob.glob(os.path.join(folder, HEADERS, "**", "*.h"), recursive=True):
        with open(header, encoding="utf-8") as f:
            text = re.sub(r"/\*.*?\*/", "", f.read(), flags=re.S)
        text = re.sub(r"^static inline.*?^}", "", text, flags=re.S | re.M)
        found |= set(re.findall(r"\b(sb_[a-z0-9_]+)\([^;{]*\)[^;{]*;", text))
    return found


def check_library(folder):
    library = glob.glob(os.path.join(folder, "usr/lib/**/libsamenbus.so.0"), recursive=True)[0]
    symbols = run("nm", "-D", "--defined-only", library)
    exported = set(re.findall(r" T (sb_\w+)@@", symbols))
    wanted = declared(folder)
    check(exported == wanted, f"exported but not declared: {exported - wanted}; "
                              f"declared but not exported: {wanted - exported}")
    return os.path.dirname(library)


PROGRAM = r"""
#include <samenbus.h>
int main(void)
{
    struct sb_client *client = NULL;
    struct sb_err err = {0};
    enum sb_rc rc = sb_client_open(&client, "/nonexistent/client.yaml", stderr, &err);
    puts(sb_rc_name(rc));
    return rc == SB_E_CONFIG ? 0 : 1;
}
"""


def check_development(folder, libraries, work):
    """pkg-config's words, with the root in front, build a program that runs."""
    source = os.path.join(work, "program.c")
    with open(source, "w", encoding="utf-8") as f:
        f.write(PROGRAM)
    env = dict(os.environ, PKG_CONFIG_PATH=os.path.join(libraries, "pkgconfig"),
               PKG_CONFIG_SYSROOT_DIR=folder)
    flags = run("pkg-config", "--cflags", "--libs", "samenbus", env=env).split()
    run("cc", "-o", os.path.join(work, "program"), source, *flags)
    run(os.path.join(work, "program"), env=dict(os.environ, LD_LIBRARY_PATH=libraries))
    with open(os.path.join(work, "CMakeLists.txt"), "w", encoding="utf-8") as f:
        f.write("cmake_minimum_required(VERSION 3.25)\nproject(p C)\n"
                f"find_package(samenbus {version()} REQUIRED)\nadd_executable(p program.c)\n"
                "target_link_libraries(p samenbus::samenbus)\n")
    run("cmake", "-S", work, "-B", os.path.join(work, "b"), f"-DCMAKE_PREFIX_PATH={folder}/usr")
    run("cmake", "--build", os.path.join(work, "b"))


def check_pages(folder):
    """Every flag of the daemon is in its page, and man has nothing to complain of."""
    flags = re.findall(r"^  (-{1,2}[a-z-]+)", run(os.path.join(folder, "usr/sbin/samenbusd"),
                                                  "--help"), flags=re.M)
    check(len(flags) >= 4, flags)
    for page in glob.glob(os.path.join(folder, "usr/share/man/man*/*.gz")):
        env = dict(os.environ, MANROFFSEQ="", MANWIDTH="80", LC_ALL="C.UTF-8")
        if shutil.which("man") is None:
            break
        said = subprocess.run(["man", "--warnings", "-E", "UTF-8", "-l", "-Tutf8", "-Z", page],
                              text=True, capture_output=True, check=False, env=env).stderr
        check(said == "", f"{page}: {said}")
    text = run("zcat", os.path.join(folder, "usr/share/man/man8/samenbusd.8.gz")).replace("\\-", "-")
    check(all(flag in text for flag in flags), f"{flags} are not all in samenbusd(8)")


CONFIG = """partnership: duoplus
organisation: {id: GM0384, name: Diemen, sign_key: keys/GM0384.sign.key, curve_key: keys/GM0384.curve.key}
listen: {publish: "ipc:///run/p", service: "ipc:///run/s"}
store: {path: /var/lib/samenbus/duoplus/store, max_size: 64MiB}
"""

IN_ROOT = r"""
set -e
export DEBIAN_FRONTEND=noninteractive
dpkg -i /packages/*.deb
/usr/bin/python3 -I -c 'import samenbus; print(samenbus.__file__, samenbus.new_id())'
id samenbus
stat -c '%a %U %G' /etc/samenbus /var/lib/samenbus
mkdir -p /etc/samenbus/duoplus
samenbus key gen --org GM0384 --out /etc/samenbus/duoplus/keys
cp /packages/samenbusd.yaml /etc/samenbus/duoplus/
chown -R samenbus:samenbus /etc/samenbus/duoplus
install -d -o samenbus -g samenbus -m 0700 /var/lib/samenbus/duoplus
chown samenbus /run
as_daemon="setpriv --reuid samenbus --regid samenbus --clear-groups"
$as_daemon samenbusd -t -c /etc/samenbus/duoplus/samenbusd.yaml
$as_daemon samenbusd -c /etc/samenbus/duoplus/samenbusd.yaml 2>/tmp/said &
daemon=$!
for i in $(seq 600); do grep -q 'ready:' /tmp/said && break; sleep 0.1; done
grep 'ready:' /tmp/said
dpkg -i /packages/newer/*.deb
dpkg-query -W -f '${Package} ${Version}\n' samenbusd
kill -0 $daemon
kill $daemon
wait $daemon
dpkg -r samenbusd samenbus libsamenbus-dev libsamenbus0 python3-samenbus
dpkg -P samenbusd
test -s /var/lib/samenbus/duoplus/store/data.mdb
test -s /etc/samenbus/duoplus/keys/GM0384.sign.key
! command -v samenbusd
echo all done
"""


def newer_version(package, folder):
    """The same package as of tomorrow."""
    content = os.path.join(folder, "content")
    run("dpkg-deb", "-R", package, content)
    control = os.path.join(content, "DEBIAN", "control")
    with open(control, encoding="utf-8") as f:
        text = f.read()
    with open(control, "w", encoding="utf-8") as f:
        f.write(re.sub(r"^(Version: .*)$", r"\1+1", text, flags=re.M))
    run("dpkg-deb", "-b", "--root-owner-group", content, os.path.join(folder, "newer.deb"))
    shutil.rmtree(content)


def unmount(path):
    """What ran there may take a moment to be gone."""
    for _ in range(50):
        if not os.path.ismount(path) or subprocess.run(["umount", path], check=False,
                                                       capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError(f"{path} is still in use")


def install_in_root(packages):
    """In a copy of this system's root that forgets everything afterwards."""
    with tempfile.TemporaryDirectory(prefix="samenbus-root-") as work:
        parts = {name: os.path.join(work, name) for name in ("upper", "work", "root", "packages")}
        for path in parts.values():
            os.mkdir(path)
        os.mkdir(os.path.join(parts["packages"], "newer"))
        mount = ["mount", "-t", "overlay", "overlay", "-o",
                 f"lowerdir=/,upperdir={parts['upper']},workdir={parts['work']}", parts["root"]]
        if os.geteuid() != 0 or subprocess.run(mount, capture_output=True).returncode != 0:
            print("no root of our own can be made here: not installed")
            return
        try:
            for part in ("proc", "dev"):
                run("mount", "--bind", "/" + part, os.path.join(parts["root"], part))
            inside = os.path.join(parts["root"], "packages")
            os.makedirs(os.path.join(inside, "newer"))
            for name in NAMES:
                shutil.copy(packages[name], inside)
            newer_version(packages["samenbusd"], os.path.join(inside, "newer"))
            with open(os.path.join(inside, "samenbusd.yaml"), "w", encoding="utf-8") as f:
                f.write(CONFIG)
            env = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
            out = run("chroot", parts["root"], "sh", "-c", IN_ROOT, env=env, timeout=300)
            check("all done" in out and re.search(r"^samenbusd \S+\+1$", out, flags=re.M), out)
            check("750 root samenbus" in out and "750 samenbus samenbus" in out, out)
        finally:
            for part in ("dev", "proc", ""):
                unmount(os.path.join(parts["root"], part))


def check_python(folder):
    """The package is whole: it finds itself, its messages and its verifier, and nothing of this tree."""
    packages = os.path.join(folder, "usr/lib/python3/dist-packages")
    program = ("import samenbus, samenbus_verify.command, samenbus_rules.outcome; from samenbus import Custom, Draft; "
               "print(len(Draft('custom/x', Custom('text/plain', b'x')).submission().body), samenbus.__file__)")
    out = run("/usr/bin/python3", "-B", "-c", program, cwd="/", env={"PYTHONPATH": packages, "PATH": "/nowhere"})
    check(out.split()[0].isdigit() and out.split()[1].startswith(packages), out)
    check(os.path.exists(os.path.join(packages, "samenbus", "py.typed")), "py.typed is missing")
    check(not glob.glob(packages + "/**/__pycache__", recursive=True), "something compiled was packed")


def main():
    if shutil.which("dpkg-deb") is None or shutil.which("cpack") is None:
        print("no dpkg-deb or no cpack here")
        return 77
    packages = build()
    judge(packages)
    with tempfile.TemporaryDirectory(prefix="samenbus-package-") as folder:
        unpack(packages, folder)
        check_pages(folder)
        check_python(folder)
        libraries = check_library(folder)
        with tempfile.TemporaryDirectory() as work:
            check_development(folder, libraries, work)
    install_in_root(packages)
    print("ok")
    return 0


sys.exit(main())
