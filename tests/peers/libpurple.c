/*
 * A contact who uses libpurple (Pidgin, Finch): sends one file or receives one, and tells it in JSON lines.
 *
 * The command line and the lines printed are those of every program in this folder: see README.md.
 * Two things are bent, both outside of libpurple itself:
 *
 * - libpurple offers every address of the machine but loopback ones. The tests stay on loopback, so getifaddrs() below
 *   gives it 127.0.0.1 as if that were a network card's.
 * - libpurple always offers both methods and all of its streamhosts. --methods and --dead-streamhosts edit what it is
 *   about to send, as a broken network or another build would have made it.
 */

#include <ifaddrs.h>
#include <net/if.h>
#include <netinet/in.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PURPLE_DISABLE_DEPRECATED
#include <purple.h>

#define UI "balcony-peer"
#define BYTESTREAMS "http://jabber.org/protocol/bytestreams"
#define IBB "http://jabber.org/protocol/ibb"
#define SI "http://jabber.org/protocol/si"
#define FEATURE_NEG "http://jabber.org/protocol/feature-neg"
#define DATA_FORMS "jabber:x:data"

static struct {
	char *jid, *password, *host, *mode, *peer, *file, *dir;
	int port;
	char **methods;
	gboolean dead_streamhosts;
} options;

static GMainLoop *loop;
static int exit_code = 1;

/* ---- what is told ---- */

static char *quoted(const char *text)
{
	static char utf8[129];
	if (utf8[0] == '\0')
		for (int i = 0; i < 128; i++)
			utf8[i] = (char)(0x80 + i);
	char *escaped = g_strescape(text ? text : "", utf8);
	char *quoted = g_strdup_printf("\"%s\"", escaped);
	g_free(escaped);
	return quoted;
}

static void tell_ready(const char *jid)
{
	char *text = quoted(jid);
	printf("{\"event\":\"ready\",\"jid\":%s}\n", text);
	g_free(text);
}

static void tell_offer(const char *name, size_t size)
{
	char *text = quoted(name);
	printf("{\"event\":\"offer\",\"name\":%s,\"size\":%zu}\n", text, size);
	g_free(text);
}

static void tell_done(const char *path)
{
	char *text = quoted(path);
	printf("{\"event\":\"done\",\"path\":%s}\n", text);
	g_free(text);
	exit_code = 0;
}

static void tell_error(const char *reason)
{
	char *text = quoted(reason);
	printf("{\"event\":\"error\",\"reason\":%s}\n", text);
	g_free(text);
	exit_code = 1;
}

/* ---- libpurple's event loop on GLib's ---- */

typedef struct {
	PurpleInputFunction function;
	gpointer data;
} Watch;

static gboolean watch_fired(GIOChannel *source, GIOCondition condition, gpointer data)
{
	Watch *watch = data;
	PurpleInputCondition ready = 0;
	if (condition & (G_IO_IN | G_IO_HUP | G_IO_ERR))
		ready |= PURPLE_INPUT_READ;
	if (condition & (G_IO_OUT | G_IO_HUP | G_IO_ERR | G_IO_NVAL))
		ready |= PURPLE_INPUT_WRITE;
	watch->function(watch->data, g_io_channel_unix_get_fd(source), ready);
	return TRUE;
}

static guint input_add(gint fd, PurpleInputCondition wanted, PurpleInputFunction function, gpointer data)
{
	GIOCondition condition = G_IO_HUP | G_IO_ERR | G_IO_NVAL;
	if (wanted & PURPLE_INPUT_READ)
		condition |= G_IO_IN;
	if (wanted & PURPLE_INPUT_WRITE)
		condition |= G_IO_OUT;
	Watch *watch = g_new(Watch, 1);
	watch->function = function;
	watch->data = data;
	GIOChannel *channel = g_io_channel_unix_new(fd);
	guint handle = g_io_add_watch_full(channel, G_PRIORITY_DEFAULT, condition, watch_fired, watch, g_free);
	g_io_channel_unref(channel);
	return handle;
}

static PurpleEventLoopUiOps event_loop = {
	.timeout_add = g_timeout_add,
	.timeout_remove = g_source_remove,
	.input_add = input_add,
	.input_remove = g_source_remove,
	.timeout_add_seconds = g_timeout_add_seconds,
};

/* ---- the machine as libpurple sees it ---- */

int getifaddrs(struct ifaddrs **list)
{
	static struct sockaddr_in loopback = { .sin_family = AF_INET };
	static struct ifaddrs card = {
		.ifa_name = (char *)"card0",
		.ifa_flags = IFF_UP | IFF_RUNNING,
		.ifa_addr = (struct sockaddr *)&loopback,
	};
	loopback.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	*list = &card;
	return 0;
}

void freeifaddrs(struct ifaddrs *list)
{
	(void)list;
}

/* The core would search the network for routers that map ports and would ask a server for our address. */
static void stay_at_home(void)
{
	purple_prefs_add_none("/purple");
	purple_prefs_add_none("/purple/network");
	purple_prefs_add_bool("/purple/network/auto_ip", FALSE);
	purple_prefs_add_bool("/purple/network/map_ports", FALSE);
}

/* ---- edits of what goes out ---- */

static gboolean may_use(const char *method)
{
	return options.methods == NULL || g_strv_contains((const char *const *)options.methods, method);
}

static void leave_out_methods(xmlnode *si)
{
	xmlnode *feature = xmlnode_get_child_with_namespace(si, "feature", FEATURE_NEG);
	xmlnode *form = feature ? xmlnode_get_child_with_namespace(feature, "x", DATA_FORMS) : NULL;
	xmlnode *option = form ? xmlnode_get_child(form, "field/option") : NULL;
	while (option != NULL) {
		xmlnode *next = xmlnode_get_next_twin(option);
		char *method = xmlnode_get_data(xmlnode_get_child(option, "value"));
		gboolean wanted = g_str_equal(method, IBB)
			? may_use("in-band")
			: may_use("socks5-direct") || may_use("socks5-proxy");
		if (!wanted)
			xmlnode_free(option);
		g_free(method);
		option = next;
	}
}

static void leave_out_streamhosts(xmlnode *query)
{
	xmlnode *streamhost = xmlnode_get_child(query, "streamhost");
	while (streamhost != NULL) {
		xmlnode *next = xmlnode_get_next_twin(streamhost);
		const char *jid = xmlnode_get_attrib(streamhost, "jid");
		gboolean ours = g_str_has_prefix(jid, options.jid);
		if (!may_use(ours ? "socks5-direct" : "socks5-proxy"))
			xmlnode_free(streamhost);
		else if (options.dead_streamhosts)
			xmlnode_set_attrib(streamhost, "port", "1");
		streamhost = next;
	}
}

static void sending(PurpleConnection *connection, xmlnode **stanza, gpointer data)
{
	(void)connection, (void)data;
	if (*stanza == NULL || !g_str_equal((*stanza)->name, "iq"))
		return;
	if (!purple_strequal(xmlnode_get_attrib(*stanza, "type"), "set"))
		return;
	xmlnode *si = xmlnode_get_child_with_namespace(*stanza, "si", SI);
	xmlnode *query = xmlnode_get_child_with_namespace(*stanza, "query", BYTESTREAMS);
	if (si != NULL)
		leave_out_methods(si);
	if (query != NULL)
		leave_out_streamhosts(query);
}

/* ---- the account and the file ---- */

static void signed_on(PurpleConnection *connection, gpointer data)
{
	(void)data;
	tell_ready(purple_account_get_username(purple_connection_get_account(connection)));
}

static gboolean send_file(gpointer connection)
{
	serv_send_file(connection, options.peer, options.file);
	return FALSE;
}

/* The contact's features and the server's proxies are asked for in the same moment, and nothing tells that they came. */
static void contact_appeared(PurpleBuddy *buddy, gpointer data)
{
	(void)data;
	if (g_str_equal(options.mode, "send") && g_str_has_prefix(options.peer, purple_buddy_get_name(buddy)))
		g_timeout_add_seconds(1, send_file, purple_account_get_connection(purple_buddy_get_account(buddy)));
}

static void connection_error(PurpleConnection *connection, PurpleConnectionError error, const char *text, gpointer data)
{
	(void)connection, (void)error, (void)data;
	tell_error(text);
	g_main_loop_quit(loop);
}

static void offered(PurpleXfer *xfer, gpointer data)
{
	(void)data;
	tell_offer(purple_xfer_get_filename(xfer), purple_xfer_get_size(xfer));
	if (g_str_equal(options.mode, "decline")) {
		purple_xfer_request_denied(xfer);
		return;
	}
	char *name = g_path_get_basename(purple_xfer_get_filename(xfer));
	char *path = g_build_filename(options.dir, name, NULL);
	purple_xfer_request_accepted(xfer, path);
	g_free(path);
	g_free(name);
}

static gboolean closed(gpointer path)
{
	tell_done(path);
	return G_SOURCE_REMOVE;
}

/* It is told before the file is closed, while the C library still holds the end of it. */
static void completed(PurpleXfer *xfer, gpointer data)
{
	(void)data;
	g_idle_add_full(G_PRIORITY_DEFAULT_IDLE, closed, g_strdup(purple_xfer_get_local_filename(xfer)), g_free);
}

static void cancelled(PurpleXfer *xfer, gpointer data)
{
	(void)xfer;
	tell_error(data);
}

static void listen_to(void *instance, const char *signal, PurpleCallback callback, void *data)
{
	static int handle;
	purple_signal_connect(instance, signal, &handle, callback, data);
}

static void listen_to_all(void)
{
	void *connections = purple_connections_get_handle(), *files = purple_xfers_get_handle();
	listen_to(connections, "signed-on", PURPLE_CALLBACK(signed_on), NULL);
	listen_to(connections, "connection-error", PURPLE_CALLBACK(connection_error), NULL);
	listen_to(purple_blist_get_handle(), "buddy-signed-on", PURPLE_CALLBACK(contact_appeared), NULL);
	listen_to(purple_find_prpl("prpl-jabber"), "jabber-sending-xmlnode", PURPLE_CALLBACK(sending), NULL);
	listen_to(files, "file-recv-request", PURPLE_CALLBACK(offered), NULL);
	listen_to(files, "file-recv-complete", PURPLE_CALLBACK(completed), NULL);
	listen_to(files, "file-send-complete", PURPLE_CALLBACK(completed), NULL);
	listen_to(files, "file-recv-cancel", PURPLE_CALLBACK(cancelled), "receiving was cancelled");
	listen_to(files, "file-send-cancel", PURPLE_CALLBACK(cancelled), "sending was cancelled");
}

/* A dialogue of libpurple's is about the test server's self-signed certificate: "Accept" is the right answer. */
static void *answer_dialogue(const char *title, const char *primary, const char *secondary, int default_action,
	PurpleAccount *account, const char *who, PurpleConversation *conversation, void *data, size_t count, va_list actions)
{
	(void)title, (void)primary, (void)secondary, (void)default_action, (void)account, (void)who, (void)conversation;
	for (size_t i = 0; i < count; i++) {
		const char *text = va_arg(actions, const char *);
		PurpleRequestActionCb callback = va_arg(actions, PurpleRequestActionCb);
		if (strstr(text, "Accept") != NULL)
			callback(data, (int)i);
	}
	return NULL;
}

static PurpleRequestUiOps dialogues = { .request_action = answer_dialogue };
static PurpleCoreUiOps core = { .ui_prefs_init = stay_at_home };

static void log_in(void)
{
	PurpleAccount *account = purple_account_new(options.jid, "prpl-jabber");
	purple_account_set_password(account, options.password);
	purple_account_set_string(account, "connect_server", options.host);
	purple_account_set_int(account, "port", options.port);
	purple_account_set_string(account, "ft_proxies", "");
	purple_accounts_add(account);
	purple_account_set_enabled(account, UI, TRUE);
	purple_savedstatus_activate(purple_savedstatus_new(NULL, PURPLE_STATUS_AVAILABLE));
}

/* The test holds our standard input open for as long as it wants us to live. */
static gboolean input_ended(GIOChannel *source, GIOCondition condition, gpointer data)
{
	(void)source, (void)condition, (void)data;
	g_main_loop_quit(loop);
	return FALSE;
}

static void read_options(int argc, char **argv)
{
	char *methods = NULL;
	GOptionEntry entries[] = {
		{ "jid", 0, 0, G_OPTION_ARG_STRING, &options.jid, "whom to log in as, with a resource", "JID" },
		{ "password", 0, 0, G_OPTION_ARG_STRING, &options.password, NULL, "TEXT" },
		{ "host", 0, 0, G_OPTION_ARG_STRING, &options.host, NULL, "ADDRESS" },
		{ "port", 0, 0, G_OPTION_ARG_INT, &options.port, NULL, "PORT" },
		{ "mode", 0, 0, G_OPTION_ARG_STRING, &options.mode, "send, receive or decline", "MODE" },
		{ "peer", 0, 0, G_OPTION_ARG_STRING, &options.peer, "whom to send to, with a resource", "JID" },
		{ "file", 0, 0, G_OPTION_ARG_FILENAME, &options.file, "what to send", "FILE" },
		{ "dir", 0, 0, G_OPTION_ARG_FILENAME, &options.dir, "where to put what arrives", "DIR" },
		{ "methods", 0, 0, G_OPTION_ARG_STRING, &methods, "those offered", "A,B" },
		{ "dead-streamhosts", 0, 0, G_OPTION_ARG_NONE, &options.dead_streamhosts, "offer closed ports", NULL },
		{ NULL },
	};
	GError *error = NULL;
	GOptionContext *context = g_option_context_new(NULL);
	g_option_context_add_main_entries(context, entries, NULL);
	if (!g_option_context_parse(context, &argc, &argv, &error) || options.jid == NULL || options.mode == NULL) {
		fprintf(stderr, "%s\n", error ? error->message : "--jid and --mode are needed");
		exit(2);
	}
	g_option_context_free(context);
	if (methods != NULL)
		options.methods = g_strsplit(methods, ",", -1);
}

int main(int argc, char **argv)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	read_options(argc, argv);

	char *folder = g_build_filename(g_get_home_dir(), "purple", NULL);
	purple_util_set_user_dir(folder);
	g_free(folder);
	purple_debug_set_enabled(g_getenv("PEER_DEBUG") != NULL);
	purple_core_set_ui_ops(&core);
	purple_eventloop_set_ui_ops(&event_loop);
	purple_request_set_ui_ops(&dialogues);
	if (!purple_core_init(UI)) {
		tell_error("libpurple does not start");
		return 1;
	}
	purple_set_blist(purple_blist_new());

	listen_to_all();
	log_in();

	loop = g_main_loop_new(NULL, FALSE);
	GIOChannel *input = g_io_channel_unix_new(STDIN_FILENO);
	g_io_add_watch(input, G_IO_IN | G_IO_HUP, input_ended, NULL);
	g_main_loop_run(loop);
	return exit_code;
}
