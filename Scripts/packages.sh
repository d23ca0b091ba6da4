# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash disable=SC2034,SC2154
# Debian packages that are downloaded and unpacked, never installed. Sourced, not run, after common.sh. Whoever uses it
# makes a folder and names it in $work.

# Whose packages are fetched.
architecture=arm64

# The Debian mirror that this machine already uses, from one-line (.list) and deb822 (.sources) sources.
machine_mirror() {
  local etc=${GROVE_APT_SOURCES:-/etc/apt} file
  {
    for file in "$etc"/sources.list "$etc"/sources.list.d/*.list; do
      [ -r "$file" ] || continue
      # deb [options] URI suite components
      sed -nE 's/^[[:space:]]*deb[[:space:]]+(\[[^]]*\][[:space:]]*)?([^[:space:]]+).*/\2/p' "$file"
    done
    for file in "$etc"/sources.list.d/*.sources; do
      [ -r "$file" ] || continue
      awk '
        function stanza(  i) {
          if (enabled) for (i = 1; i <= count; i++) print uris[i]
          count = 0; enabled = 1; inside = 0
        }
        function take(text,  parts, n, i) {
          n = split(text, parts, /[ \t]+/)
          for (i = 1; i <= n; i++) if (parts[i] != "") uris[++count] = parts[i]
        }
        BEGIN { enabled = 1 }
        /^#/ { next }
        /^[ \t]*$/ { stanza(); next }
        /^[ \t]/ { if (inside) take($0); next }
        { inside = 0 }
        tolower($0) ~ /^enabled:[ \t]*(no|false|off|0)/ { enabled = 0 }
        tolower($0) ~ /^uris:/ { inside = 1; sub(/^[^:]*:/, ""); take($0) }
        END { stanza() }
      ' "$file"
    done
  } | grep -E '^(https?|file|mirror\+(https?|file)):.*/debian(\.list)?/?$' | head -n 1 || true
}

# Sets $mirror.
choose_mirror() {
  mirror=${GROVE_MIRROR:-$(machine_mirror)}
  if [ -z "$mirror" ]; then
    mirror=http://deb.debian.org/debian
    say "this machine's package sources name no Debian mirror; using $mirror"
  fi
  mirror=${mirror%/}
}

# private_apt SUITE: writes an apt configuration of our own for the suite's packages for $architecture and prints its
# path. The machine's own apt, its sources and its list of foreign architectures stay as they are.
private_apt() {
  local folder=$cache/.apt/$1-$architecture keyring key="" archive=$mirror
  # Security updates are an archive of their own beside the first.
  case $1 in *-security) archive=$mirror-security ;; esac
  for keyring in /usr/share/keyrings/debian-archive-keyring.{gpg,pgp}; do
    [ ! -r "$keyring" ] || { key=$keyring; break; }
  done
  [ -n "$key" ] || fail "there is no Debian archive keyring in /usr/share/keyrings" \
    "Install the package debian-archive-keyring and run Scripts/$program${mode:+ $mode} again."
  mkdir -p "$folder/lists/partial" "$folder/cache/archives/partial"
  : >"$folder/status"
  echo "deb [arch=$architecture signed-by=$key] $archive $1 main" >"$folder/sources.list"
  cat >"$folder/apt.conf" <<EOC
#clear APT::Architectures;
#clear APT::Update::Post-Invoke;
#clear APT::Update::Post-Invoke-Success;
APT::Architecture "$architecture";
APT::Architectures { "$architecture"; };
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::Etc::sourcelist "$folder/sources.list";
Dir::Etc::sourceparts "-";
Dir::State::Lists "$folder/lists";
Dir::State::status "$folder/status";
Dir::Cache "$folder/cache";
EOC
  echo "$folder/apt.conf"
}

# fetch SUITE PACKAGE: downloads the newest PACKAGE of SUITE for $architecture, which a caller may make a local of its own,
# into $work and sets $deb, $package and $version. "PACKAGE" may be "=META PATTERN": then it is the package matching PATTERN that META depends on.
fetch() {
  local suite=$1 wanted=$2 conf attempt
  conf=$(private_apt "$suite")
  local log=$work/apt.log what=$wanted
  case $wanted in =*) what=${wanted#=} what="the package that ${what%% *} stands for" ;; esac
  for attempt in 1 2 3; do
    if [ "$attempt" -gt 1 ]; then
      say "that did not work (try $((attempt - 1)) of 3); trying again"
      sleep $((attempt * 5))
    fi
    # The lists are read anew once in a run, and again after a failure: a mirror that moved on in between
    # no longer has what the older lists name.
    if [ "$attempt" -gt 1 ] || [ ! -e "$work/updated-$suite-$architecture" ]; then
      apt-get -q -c "$conf" update >"$log" 2>&1 </dev/null || true
      : >"$work/updated-$suite-$architecture"
    fi
    package=$wanted
    case $wanted in
      =*)
        local meta=${wanted#=}
        package=$(LC_ALL=C apt-cache -c "$conf" depends "${meta%% *}" 2>>"$log" |
          sed -nE "s/^ *Depends: (${meta#* })\$/\\1/p" | head -n 1) || true
        [ -n "$package" ] || continue
        ;;
    esac
    rm -f "$work"/*.deb
    if (cd "$work" && apt-get -q -c "$conf" download "$package" >>"$log" 2>&1 </dev/null); then
      deb=$(find "$work" -maxdepth 1 -name '*.deb' | head -n 1)
      if [ -n "$deb" ] && version=$(dpkg-deb -f "$deb" Version 2>>"$log"); then return 0; fi
    fi
  done
  tail -n 8 "$log" | sed 's/^/  | /' >&2
  fail "cannot fetch $what for $architecture from Debian $suite at $mirror" \
    "apt-get's last lines are above. Check the network and the mirror, or name another mirror with" \
    "GROVE_MIRROR=URL, then run Scripts/$program${mode:+ $mode} again. What is already in $cache is kept."
}

# --- dtc 1.8 ----------------------------------------------------------------------------------------------

# The packages that figures and comparisons were made with; apt has checked whatever else comes that it is Debian's own.
dtc_checksums='
device-tree-compiler 1.8.1-2 amd64 3e5ebcb3684ae9d6f5471724824b81d04348eaf73b46b9a208320310c32f30dd
libfdt1 1.8.1-2 amd64 dce6da532fc2327810404e72b68883ea077c27c2b11b5d5eac2201ce95017e58
'

# make_dtc FOLDER: unpacks dtc 1.8 and fdtoverlay of Debian sid into FOLDER, with programs of these names that run beside
# sid's own C library, whatever this machine's is. Nothing is installed.
make_dtc() {
  local folder=$1 name known found architecture
  architecture=$(dpkg --print-architecture)
  say "fetching dtc 1.8 of Debian sid and the libraries that it runs with"
  mkdir -p "$folder/root"
  for name in device-tree-compiler libfdt1 libyaml-0-2 libc6; do
    fetch sid "$name"
    known=$(awk -v name="$name" -v version="$version" -v architecture="$architecture" \
      '$1 == name && $2 == version && $3 == architecture { print $4 }' <<<"$dtc_checksums")
    found=$(sha256sum "$deb" | cut -d ' ' -f 1)
    if [ -n "$known" ] && [ "$known" != "$found" ]; then
      fail "$name $version has the checksum $found" "It should be $known: this is not the package that Debian made."
    fi
    case $name in
      device-tree-compiler | libfdt1)
        [ -n "$known" ] || say "note: $name $version for $architecture is not the one that is compared with as a rule (1.8.1-2 for amd64)" ;;
    esac
    dpkg-deb -x "$deb" "$folder/root"
  done
  for name in dtc fdtoverlay; do
    cat >"$folder/$name" <<'EOS'
#!/bin/sh
root=$(dirname "$(readlink -f "$0")")/root
for library in "$root"/usr/lib/*-linux-gnu*; do break; done
for loader in "$library"/ld-linux-*.so.? "$library"/ld-linux-*.so.??; do [ ! -e "$loader" ] || break; done
exec "$loader" --library-path "$library" "$root/usr/bin/${0##*/}" "$@"
EOS
    chmod 755 "$folder/$name"
  done
  "$folder/dtc" -v >/dev/null || fail "the unpacked dtc does not run" "Its packages may have changed."
  "$folder/fdtoverlay" -V >/dev/null || fail "the unpacked fdtoverlay does not run" "Its packages may have changed."
}
