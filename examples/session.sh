#!/bin/sh
# A session from a shell script, on the embedded sandbox: store a lead, look it up, stop calls to it.
#
#     sh examples/session.sh
#
# Every command is a process of its own, so the sandbox keeps its state in a file. `--json` prints a
# line for programs; the exit code says how the call ended (chasedata-mcp --help lists the codes).
set -eu

state=$(mktemp -d)
trap 'rm -rf "$state"' EXIT
export CHASEDATA_SANDBOX=1 CHASEDATA_SANDBOX_FILE="$state/sandbox.db"

call() {
    printf '\n$ chasedata-mcp call %s\n' "$*"
    chasedata-mcp call "$@" --json
}

call insert_lead --campaign Solar --primary-phone "(305) 555-0123" --import-only \
    --client-id CRM-20871 --first-name Nora --custom-fields "Roof Type=Tile"

call search_lead --search-field client_id --identifier CRM-20871 --detailed

# The same number again: the dialer ignores it and says so, with exit code 4.
code=0
call insert_lead --campaign Solar --primary-phone 305-555-0123 --import-only || code=$?
echo "exit code $code"

call insert_dnc --number 305-555-0123

# What only a person may allow is refused in a script, with exit code 3.
code=0
call delete_dnc --number 305-555-0123 < /dev/null || code=$?
echo "exit code $code"
