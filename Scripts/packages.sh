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

# fetch SUITE PACKAGE: downloads the newest PACKAGE of SUITE for $architecture into $work and sets $deb, $package and
# $version. "PACKAGE" may be "=META PATTERN": then it is the package matching PATTERN that META depends on.
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
