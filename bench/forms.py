# SPDX-License-Identifier: BSD-2-Clause
"""What httpwire is asked to make of what it sees, by the name that --form gives it."""

FORMS = {  # the goals are of the first
    "json": ["-o", "json"],
    "text": ["-o", "text"],
    "exchanges": ["-o", "json", "-e", "net_http_exchange"],
}
HELP = "what httpwire makes of them: messages as JSON, exchanges as text, or those as JSON"


def add_to(parser):
    parser.add_argument("--form", choices=FORMS, default="json", help=HELP)
