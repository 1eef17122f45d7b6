#!/bin/bash
# boot.sh [-c SCRIPT] [-- QEMU ARGUMENT...]: boots the guest, console on standard output.
#
#   boot.sh                                        a shell in the guest; leave with "poweroff -f" or Ctrl-A X
#   boot.sh -c 'gpiosim make A B; gpiosim level 0' runs the script, then powers off
#   boot.sh -- -device qemu-xhci -device usb-kbd   more hardware
#
# RIG_MEM, RIG_CPUS, RIG_ACCEL and RIG_LIMIT set memory (MiB), processors, accelerator and the time limit (s).
set -euo pipefail
# shellcheck source=lib.sh
. "$(dirname "$(realpath "$0")")/lib.sh"

need_image
job=shell
script=
while [ $# -gt 0 ]; do
	case $1 in
	-c)
		job=run script=${2:?a script for the guest}
		shift 2
		;;
	--)
		shift
		break
		;;
	*) die "usage: boot.sh [-c SCRIPT] [-- QEMU ARGUMENT...]" ;;
	esac
done
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
mkdir -p "$work/tree/app"
printf '%s\n' "$script" >"$work/tree/app/run"
pack "$work/tree" "$work/run.cpio.gz"
cat "$IMAGE/base.cpio.gz" "$work/run.cpio.gz" >"$work/initrd"
if [ "$job" = run ]; then exec </dev/null; fi # what is typed ahead does not reach a guest that boots
qemu "$work/initrd" "$job" -serial mon:stdio "$@"
