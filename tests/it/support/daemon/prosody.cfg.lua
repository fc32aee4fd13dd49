-- A Prosody of the tests' own: one address only, nothing of the machine's.
run_as_root = true
daemonize = false
pidfile = "@FOLDER@/prosody.pid"
data_path = "@FOLDER@/data"
certificates = "@FOLDER@"
plugin_paths = { "@FOLDER@" }
log = {
	{ to = "console", levels = { min = "info" } },
	{ to = "file", filename = "@FOLDER@/server.log", levels = { min = "@LEVEL@" } },
}

interfaces = { "@ADDRESSES@" }
local_interfaces = interfaces
c2s_ports = { @C2S@ }
c2s_direct_tls_ports = { @DIRECT_TLS@ }
proxy65_ports = { @PROXY@ }
component_ports = { @COMPONENTS@ }

modules_enabled = { "roster", "saslauth", "tls", "disco", "ping", "carbons", "smacks", "mam", "pep", "blocklist", "vcard_legacy", "lastactivity", "offline", "time", "csi", "csi_simple", @MODULES@ }
modules_disabled = { "s2s", "s2s_auth_certs" }
-- What Debian's configuration file sets; it counts only with the module "limits".
limits = { c2s = { rate = "10kb/s" } }

authentication = "internal_plain"
storage = "internal"
default_archive_policy = true
c2s_require_encryption = true
ssl = { certificate = "@FOLDER@/certificate.pem", key = "@FOLDER@/key.pem" }
c2s_direct_tls_ssl = ssl

VirtualHost "@DOMAIN@"

Component "proxy.@DOMAIN@" "proxy65"
	proxy65_address = "@ADDRESS@"

@FOREIGN@
