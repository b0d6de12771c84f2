#!/bin/sh
# Installs Tidemark's agent on this device: looks whether all that it takes is there and says what is missing, gets the package from
# the ingest that this script is from, and hands it to apt. Nothing is changed unless everything is well.
#
#   sudo sh install.sh https://INGEST:8443
#
# Exit codes: 0 installed, 1 something is missing, 2 it did not go well, 64 usage.
set -eu

package='@PACKAGE@'
bytes='@BYTES@'
sha256='@SHA256@'
java_needed='openjdk-17-jre-headless | java17-runtime-headless'

# By whom that ingest is known; nothing where security is off.
authority() {
  cat <<'END'
@AUTHORITY@
END
}

origin=
work=
trouble=false
java_comes=false

good() { printf 'good  %-9s  %s\n' "$1" "$2"; }

# What is wrong, and what to do about it.
bad() {
  printf 'bad   %-9s  %s\n                 -> %s\n' "$1" "$2" "$3"
  trouble=true
}

has() { command -v "$1" >/dev/null 2>&1; }

usage() {
  echo "$1 Usage: sudo sh install.sh https://INGEST:8443, the address that this script is from." >&2
  exit 64
}

read_arguments() {
  [ $# -eq 1 ] || usage "One argument is needed."
  origin=${1%/}
  case $origin in
    https://?*) ;;
    http://?*) if authority | grep -q BEGIN; then usage "That ingest is reached by https://, not by $origin."; fi ;;
    *) usage "'$1' is no address." ;;
  esac
  case ${origin#*://} in
    */*) usage "'$1' is more than an address." ;;
  esac
}

check_root() {
  if [ "$(id -u)" -eq 0 ]; then
    good root "yes"
  elif has sudo; then
    bad root "apt has to be run as root" "sudo sh install.sh $origin"
  else
    bad root "apt has to be run as root, and there is no sudo" "become root with su -, then: sh install.sh $origin"
  fi
}

check_system() {
  if ! has apt-get || ! has dpkg; then
    bad system "this is neither Debian, Raspberry Pi OS nor Ubuntu: it has no apt" "install one of them; elsewhere the agent is run by hand, as its README says"
  elif ! has systemctl; then
    bad system "there is no systemd, which starts the agent and watches over it" "sudo apt-get install systemd-sysv, and restart; in a container, take the image tidemark/agent"
  else
    good system "$(sed -n 's/^PRETTY_NAME="\(.*\)"$/\1/p' /etc/os-release 2>/dev/null || true)"
  fi
}

check_processor() {
  has dpkg || return 0
  kind=$(dpkg --print-architecture)
  machine=$(uname -m)
  case "$kind $machine" in
    armhf\ armv6*) bad processor "this is an $machine" "take a Raspberry Pi Zero 2 W or newer" ;;
    amd64\ * | arm64\ * | armhf\ *) good processor "$kind" ;;
    *) bad processor "the agent is not made for $kind" "take a computer of amd64, arm64 or armhf" ;;
  esac
}

# What apt would do to have it.
java_plan() { apt-get satisfy --simulate --no-install-recommends "$java_needed" 2>/dev/null; }

check_java() {
  has apt-get || return 0
  if ! plan=$(java_plan); then
    if [ "$(id -u)" -eq 0 ]; then apt-get update >/dev/null 2>&1 || true; fi
    if ! plan=$(java_plan); then
      bad java "there is no Java 17 or newer, and apt knows of none" "sudo apt-get update, and look at what it says; on systems older than Debian 12: upgrade the system"
      return 0
    fi
  fi
  case $plan in
    *'Inst '*)
      java_comes=true
      good java "apt installs it"
      ;;
    *) good java "is there" ;;
  esac
}

# The package, packed and unpacked, the archive of its classes, and something for readings; Java with what comes along.
check_disk() {
  needed=$((bytes * 2 / 1000000 + 60))
  if [ "$java_comes" = true ]; then needed=$((needed + 300)); fi
  free=$(df -Pk /usr /var/lib /var/tmp | awk 'NR > 1 && (least == "" || $4 < least) { least = $4 } END { printf "%d", least * 1.024 / 1000 }')
  if [ "$free" -ge "$needed" ]; then
    good disk "$free MB are free"
  else
    bad disk "$free MB are free, $needed MB are needed" "sudo apt-get clean, remove what is not needed (df -h shows where), or take a larger card"
  fi
}

# From that ingest, and nobody else: by itself Debian's curl believes all that the system believes, too.
get() {
  if authority | grep -q BEGIN; then
    authority >"$work/authority.pem"
    set -- --cacert "$work/authority.pem" --capath /dev/null "$@"
  fi
  curl -fsS --max-time 600 "$@"
}

# Whoever it is that answers: with a clock that is wrong nobody could be believed.
check_ingest() {
  if ! has curl; then
    bad curl "is missing" "sudo apt-get install -y curl"
    return 0
  fi
  code=0
  answer=$(curl -fsSkI --max-time 20 "$origin/install" 2>&1) || code=$?
  if [ "$code" -eq 22 ]; then
    bad ingest "$origin answers, but has no agent to give: $answer" "look whether the address is right; an ingest has the agent in the folder tidemark.install.dir"
    return 0
  elif [ "$code" -ne 0 ]; then
    bad ingest "$origin does not answer: $answer" "look whether it runs, whether the address is right, and whether this device is on its network (ping its host)"
    return 0
  fi
  said=$(printf '%s\n' "$answer" | tr -d '\r' | sed -n 's/^[Dd]ate: //p')
  now=$(date +%s)
  if [ -z "$said" ] || ! there=$(date -d "$said" +%s 2>/dev/null); then
    bad ingest "what answers at $origin is no ingest: it does not say what time it is" "look whether the address is right"
    return 0
  fi
  if [ $((now - there)) -gt 300 ] || [ $((there - now)) -gt 300 ]; then
    bad clock "it is $(date -u -d "@$now" '+%F %T') here and $(date -u -d "@$there" '+%F %T') at ingest (UTC)" "sudo timedatectl set-ntp true, and wait until timedatectl says that it is synchronized; without a time server: sudo date -u -s '$(date -u -d "@$there" '+%F %T')'"
    return 0
  fi
  good clock "as ingest's"
  if answer=$(get -I "$origin/install" 2>&1); then
    good ingest "$origin"
  else
    bad ingest "who answers at $origin is not shown to be the ingest that this script is from: $answer" "use a name or an address that is in its certificate (tidemark.identity.hosts); if its authority is another one by now, get this script anew"
  fi
}

stop() {
  echo "$1" >&2
  exit 2
}

install_package() {
  if ! said=$(get -o "$work/$package" "$origin/install/$package" 2>&1); then
    stop "The package could not be had: $said. If ingest has a newer one by now, get this script anew; else run it again."
  fi
  came=$(sha256sum "$work/$package" | cut -d ' ' -f 1)
  if [ "$came" != "$sha256" ]; then
    stop "What came is not the package this script is for: its SHA-256 is $came, not $sha256. Get this script anew, and if that is the same: somebody between here and ingest changes it."
  fi
  if [ "$java_comes" = true ]; then # by lists that may be old
    apt-get update || stop "apt could not learn where Java is now; see above. Run this again when that is put right."
  fi
  # Configuration that was changed stays as it is.
  DEBIAN_FRONTEND=noninteractive apt-get install -y -o Dpkg::Options::=--force-confdef -o Dpkg::Options::=--force-confold "$work/$package" </dev/null ||
    stop "apt could not install it; see above. Run this again when that is put right."
}

# apt is content with a Java beside others, the agent takes the one that is called java.
check_which_java() {
  has java || stop "The agent is installed, but there is no command java: sudo update-alternatives --auto java, then sudo systemctl restart tidemark-agent."
  version=$(java -XshowSettings:properties -version 2>&1 | sed -n 's/^ *java\.specification\.version = //p')
  case $version in
    '' | 1.* | [2-9] | 1[0-6]) stop "The agent is installed, but java is Java $version: sudo update-alternatives --auto java, then sudo systemctl restart tidemark-agent." ;;
  esac
}

say_what_is_next() {
  state=0
  /usr/share/tidemark-agent/may-start >/dev/null 2>&1 || state=$?
  echo
  case $state in
    0) echo "The agent is installed, and this device is set up. To see how it is: sudo tidemark-agent status" ;;
    11) echo "The agent is installed, and this device is not enrolled yet. With an enrolment token in FILE: sudo tidemark-agent enroll --token-file - < FILE" ;;
    *)
      echo "The agent is installed. Next, with an enrolment token, a word that begins with tmt_: sudo tidemark-agent setup"
      echo "With nobody there to answer: sudo tidemark-agent setup --device NAME --gateway ssl://GATEWAY --token-file - < FILE"
      ;;
  esac
}

main() {
  read_arguments "$@"
  work=$(mktemp -d /var/tmp/tidemark.XXXXXX)
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT # or else not every shell comes to the line above
  trap 'exit 143' HUP TERM
  chmod 755 "$work" # apt reads the package as a user of its own
  check_root
  check_system
  check_processor
  check_java
  check_disk
  check_ingest
  if [ "$trouble" = true ]; then
    echo
    echo "Nothing was installed. Do what the arrows say, and run this again."
    exit 1
  fi
  install_package
  check_which_java
  say_what_is_next
}

# Last, so that half a script does nothing.
main "$@"
