# Installs Debian packages; for the other scripts here, which source it. Needs home.

# Installs what is missing of the named sections of bin/packages.
install_packages() {
    missing=
    section=
    while read -r word only; do
        case $word in
            '' | '#'*) ;;
            '['*) section=${word#[}; section=${section%]} ;;
            *)
                case " $* " in
                    *" $section "*) [ -n "$only" ] && [ "$only" != "$(dpkg --print-architecture 2>/dev/null)" ] || [ "$(dpkg-query -W -f='${db:Status-Status}' "$word" 2>/dev/null)" = installed ] || missing="$missing $word" ;;
                esac
                ;;
        esac
    done < "$home/bin/packages"
    [ -n "$missing" ] || return 0
    if ! command -v apt-get > /dev/null || [ "$(id -u)" != 0 ]; then
        echo "Missing are the Debian packages$missing: install them, or run this as root on Debian." >&2
        return 1
    fi
    echo "Installing$missing ..."
    # shellcheck disable=SC2086  # package names are words without blanks
    DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null || {
        apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $missing > /dev/null
    }
}
