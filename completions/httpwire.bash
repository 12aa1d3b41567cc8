# shellcheck shell=bash
# SPDX-License-Identifier: BSD-2-Clause
# bash completion of httpwire

_httpwire_options='-p --pid --children --comm --uid --container --cgroup
	--no-gate --user --buffer -s --snapshot-length
	-i --interface -D --list-interfaces --promiscuous -r --read --local --workers --checksums --no-tunnels
	-F --filter-file -e --events --dns-ports -Y --filter --host --path --method --status --errors --slow --port -c --count --strict
	-o --format --columns --body --body-types --body-ratio --progress --route --redact --no-redact --redact-hash --redact-key-file --show-secrets
	-t --time --color -n -v --verbose -q --quiet
	--output --append -w --write -C -G -W -U --packet-buffered -l --line-buffered
	--summary --no-summary --stats --stats-interval --metrics --metrics-series
	--max-memory --max-head --max-connections
	-h --help -V --version'

# The words that may follow an option; nothing: anything may.
_httpwire_values() {
	case $1 in
	--checksums) echo off auto on ;;
	-o | --format) echo text text=long json json-v1beta1 csv har curl none ;;
	--time) echo clock none epoch delta date elapsed rfc3339 ;;
	--color) echo auto always never ;;
	--method) echo GET HEAD POST PUT DELETE CONNECT OPTIONS TRACE PATCH ;;
	--status) echo 1xx 2xx 3xx 4xx 5xx ;;
	--stats) echo text json none ;;
	--summary) echo text json ;;
	--local) echo 127.0.0.0/8 10.0.0.0/8 172.16.0.0/12 192.168.0.0/16 ::1 fd00::/8 ;;
	-i | --interface) echo any; ls /sys/class/net ;;
	-p | --pid) ps -eo pid= ;;
	--comm) ps -eo comm= | sort -u ;;
	--uid | --user) compgen -u ;;
	--body-types) echo 'text/*' 'application/*json' ;;
	--no-redact) httpwire redactions 2>/dev/null | sed 's/ .*//' | sort -u ;;
	--columns) httpwire columns 2>/dev/null | sed 's/ .*//' ;;
	-e | --events) echo default exchanges flows network_events "$(_httpwire_events)" ;;
	esac
}

_httpwire_fields() {
	httpwire fields 2>/dev/null | sed 's/ .*//'
}

_httpwire_events() {
	httpwire events 2>/dev/null | sed '/^$/Q; s/ .*//'
}

_httpwire() {
	local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}

	COMPREPLY=()
	# --name=value is three words here.
	if [ "$word" = = ]; then
		word=
	elif [ "$before" = = ]; then
		before=${COMP_WORDS[COMP_CWORD - 2]}
	fi

	# The lists and doctor are text or JSON; of an event that may be a schema of either form.
	case $before/${COMP_WORDS[1]} in
	-o/events | --format/events)
		mapfile -t COMPREPLY < <(compgen -W 'text json json-v1beta1' -- "$word")
		return
		;;
	-o/fields | -o/redactions | -o/columns | -o/doctor | --format/fields | --format/redactions | --format/columns | --format/doctor)
		mapfile -t COMPREPLY < <(compgen -W 'text json' -- "$word")
		return
		;;
	esac

	case $before in
	-r | --read | -F | --filter-file | --redact-key-file | --output | -w | --write)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -f -- "$word")
		return
		;;
	-e | --events | --columns)
		# Of a list, the last name.
		local list=
		[[ $word != *,* ]] || list=${word%,*},
		mapfile -t COMPREPLY < <(compgen -P "$list" \
			-W "$(_httpwire_values "$before")" -- "${word##*,}")
		compopt -o nospace 2>/dev/null
		return
		;;
	-i | --interface | -p | --pid | --comm | --uid | --user | --body-types | --method | --status | --no-redact | --checksums | -o | --format | --time | --color | --stats | --local)
		mapfile -t COMPREPLY < <(compgen -W "$(_httpwire_values "$before")" -- "$word")
		return
		;;
	--summary)
		# Its value stands behind a = only.
		if [[ ${COMP_WORDS[COMP_CWORD]} == = || ${COMP_WORDS[COMP_CWORD - 1]} == = ]]; then
			mapfile -t COMPREPLY < <(compgen -W "$(_httpwire_values "$before")" -- "$word")
			return
		fi
		;;
	--cgroup)
		compopt -o filenames 2>/dev/null
		mapfile -t COMPREPLY < <(compgen -d -- "$word")
		return
		;;
	-Y | --filter)
		mapfile -t COMPREPLY < <(compgen -W "$(_httpwire_fields)" -- "$word")
		compopt -o nospace 2>/dev/null
		return
		;;
	--container | --host | --path | --port | --slow | --dns-ports | --body | --body-ratio | --progress | --route | --redact | --buffer | -s | --snapshot-length | -C | -G | -W | --stats-interval | --metrics | --metrics-series | -c | --count | --max-memory | --max-head | --max-connections | --workers)
		return
		;;
	esac

	if [[ $word == -* ]]; then
		mapfile -t COMPREPLY < <(compgen -W "$_httpwire_options" -- "$word")
	elif [ "${COMP_WORDS[1]}" = events ] && [ "$COMP_CWORD" -gt 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_httpwire_events)" -- "$word")
	elif [ "${COMP_WORDS[1]}" = fields ] && [ "$COMP_CWORD" -gt 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "$(_httpwire_fields)" -- "$word")
	elif [ "$COMP_CWORD" = 1 ]; then
		mapfile -t COMPREPLY < <(compgen -W "events fields redactions columns doctor" -- "$word")
	fi
}

complete -F _httpwire httpwire
