// SPDX-License-Identifier: MIT
#include "options.h"

#include <stdlib.h>
#include <string.h>

#include <CLI/CLI.hpp>
#include <iostream>

#include "values.h"
#include "whit/check_url.h"

namespace whitcat {

namespace {

// By hand, because it has to fit a terminal of 24 lines and 80 columns. The tests compare it with the man page, the
// completions and the options below.
constexpr char kHelp[] =
    R"(usage: whitcat [OPTION...] ws://HOST[:PORT][/PATH]   or wss://...
       whitcat [OPTION...] --listen [ADDRESS:]PORT
Sends each line of the input as a message, prints each message as a line.
  --text, --binary         lines of text (default); or the input is one message,
                           or one for each N bytes of it: --size N
  --once, --count N        send one message, print one answer; end after N
  --wait S                 end S s of silence after the input (1, or: forever)
  --header 'NAME: VALUE', --cookie NAME=VALUE, --protocol NAME   (repeatable)
  --require-protocol       refuse a server that chooses none of those offered
  --auth USER:PASSWORD     or @FILE, as for the three above; or $WHITCAT_AUTH
  --origin ORIGIN          as browsers send it
  --ca FILE, --cert FILE, --key FILE   authorities to trust; our certificate
  --insecure               accept every certificate (experiments only)
  --proxy http://[USER:PASSWORD@]HOST:PORT             or @FILE
  --redirects N            follow up to N redirects (0)
  --ping S, --timeout S    silence before a ping (25; 0: none); longest wait
  --close CODE[:REASON]    how to end the connection (1000)
  --reconnect              connect again when it has ended
  --json, --verbose        events as lines of JSON; tell steps and frames
  --listen [ADDRESS:]PORT  be a server: --echo, --tls-cert FILE, --tls-key FILE
  --bench                  measure echoes: --count N (10000) of --size N (64),
                           --window N of them on their way at once (1)
  --help, --version        man whitcat has the exit codes and more
)";

constexpr char kVersion[] = "whitcat " WHITCAT_VERSION "\n";
constexpr uint64_t kMaxCount = 1000000000;
constexpr uint64_t kMaxBenchCount = 20000000;  // a time is kept of each
constexpr uint64_t kMaxSize = uint64_t{1} << 30;

// The texts that need a closer look after the parser.
struct Raw {
  std::vector<std::string> headers;
  std::vector<std::string> cookies;
  std::string auth, proxy, close, listen, wait, ping, timeout, tls_certificate, tls_key;
  bool text = false;
};

// One argument each time, so that the URL may follow.
void add_list(CLI::App* app, const char* name, std::vector<std::string>* values) {
  app->add_option(name, *values)->allow_extra_args(false)->type_size(1)->expected(1, 1000000);
}

void declare(CLI::App* app, Options* options, Raw* raw) {
  app->set_help_flag();
  app->add_option("url", options->url);
  app->add_flag("--text", raw->text);
  app->add_flag("--binary", options->binary);
  app->add_option("--size", options->size)->check(CLI::Range(uint64_t{0}, kMaxSize));
  app->add_flag("--once", options->once);
  app->add_option("--count", options->count)->check(CLI::Range(uint64_t{1}, kMaxCount));
  app->add_option("--wait", raw->wait);
  add_list(app, "--header", &raw->headers);
  add_list(app, "--cookie", &raw->cookies);
  add_list(app, "--protocol", &options->protocols);
  app->add_flag("--require-protocol", options->require_protocol);
  app->add_option("--auth", raw->auth)->envname("WHITCAT_AUTH");
  app->add_option("--origin", options->origin);
  app->add_option("--ca", options->ca);
  app->add_option("--cert", options->certificate);
  app->add_option("--key", options->key);
  app->add_flag("--insecure", options->insecure);
  app->add_option("--proxy", raw->proxy);
  app->add_option("--redirects", options->redirects)->check(CLI::Range(0u, 100u));
  app->add_option("--ping", raw->ping);
  app->add_option("--timeout", raw->timeout);
  app->add_option("--close", raw->close);
  app->add_flag("--reconnect", options->reconnect);
  app->add_flag("--json", options->json);
  app->add_flag("--verbose", options->verbose);
  app->add_option("--listen", raw->listen);
  app->add_flag("--echo", options->echo);
  app->add_option("--tls-cert", raw->tls_certificate);
  app->add_option("--tls-key", raw->tls_key);
  app->add_flag("--bench", options->bench);
  app->add_option("--window", options->window)->check(CLI::Range(1u, 1000u));
}

// Options of one role, so that none is passed over in silence.
void check_role(const CLI::App& app, const Options& options) {
  const char* const client_only[] = {
      "--require-protocol", "--header", "--cookie", "--auth", "--origin",    "--ca",    "--cert",    "--key",
      "--insecure",         "--proxy",  "--once",   "--wait", "--redirects", "--bench", "--timeout", "--reconnect"};
  const char* const server_only[] = {"--echo", "--tls-cert", "--tls-key"};
  for (const char* const name : client_only) {
    // The environment may have credentials for the next client.
    const bool from_environment = strcmp(name, "--auth") == 0 && getenv("WHITCAT_AUTH") != nullptr;
    if (options.listens && app.count(name) != 0 && !from_environment) {
      give_up(Exit::kUsage, std::string(name) + " is for clients, not for --listen");
    }
  }
  for (const char* const name : server_only) {
    if (!options.listens && app.count(name) != 0) give_up(Exit::kUsage, std::string(name) + " needs --listen");
  }
  for (const char* const name : {"--once", "--wait", "--reconnect", "--echo", "--close"}) {
    if (options.bench && app.count(name) != 0) give_up(Exit::kUsage, std::string(name) + " has no use with --bench");
  }
  if (app.count("--size") != 0 && !options.bench && !options.binary) {
    give_up(Exit::kUsage, "--size needs --binary or --bench");
  }
  if (options.require_protocol && options.protocols.empty())
    give_up(Exit::kUsage, "--require-protocol needs --protocol");
  if (options.bench && options.redirects != 0) give_up(Exit::kUsage, "--redirects has no use with --bench");
  if (app.count("--window") != 0 && !options.bench) give_up(Exit::kUsage, "--window needs --bench");
}

void check_url(Options* out) {
  // As people write it: whitcat localhost:8080.
  if (!out->url.empty() && out->url.find("://") == std::string::npos) out->url = "ws://" + out->url;
  const Options& options = *out;
  if (options.listens) {
    if (!options.url.empty()) give_up(Exit::kUsage, "a URL and --listen at once: choose one (try --help)");
    return;
  }
  if (options.url.empty()) give_up(Exit::kUsage, "a URL is missing (try --help)");
  const whit::UrlProblem problem = whit::check_url({options.url.data(), options.url.size()});
  if (problem.part == whit::UrlPart::kNone) return;
  const std::string why(problem.why.data, problem.why.size);
  const std::string rest = options.url.substr(problem.position);
  std::string line = options.url + ": " + why;
  if (problem.part == whit::UrlPart::kUserInformation) {
    line = "the URL: " + why + "; use --auth USER:PASSWORD";  // without the password
  } else if (!rest.empty() && problem.position != 0) {
    line += ", at \"" + rest + "\"";
  }
  give_up(Exit::kUsage, line);
}

void check_values(const CLI::App& app, const Raw& raw, Options* options) {
  if (raw.text && options->binary) give_up(Exit::kUsage, "--text and --binary at once: choose one");
  if (options->once && options->count != 0) give_up(Exit::kUsage, "--once and --count at once: choose one");
  for (const std::string& each : raw.headers) add_header(each, &options->headers);
  for (const std::string& each : raw.cookies) add_cookie(each, &options->cookies);
  check_protocols(options->protocols);
  if (!raw.auth.empty()) options->auth = basic_credentials(raw.auth);
  if (!raw.proxy.empty()) options->proxy = read_proxy(raw.proxy);
  if (!raw.close.empty()) read_close(raw.close, options);
  if (!raw.listen.empty()) read_listen(raw.listen, options);
  if (!raw.wait.empty()) options->wait_s = raw.wait == "forever" ? -1 : seconds("--wait", raw.wait);
  if (!raw.ping.empty()) options->ping_s = seconds("--ping", raw.ping);
  if (!raw.timeout.empty()) options->timeout_s = seconds("--timeout", raw.timeout);
  check_role(app, *options);
  const bool server = options->listens;
  if (server) options->certificate = raw.tls_certificate;
  if (server) options->key = raw.tls_key;
  if (options->certificate.empty() != options->key.empty()) {
    give_up(Exit::kUsage, server ? "--tls-cert and --tls-key need each other" : "--cert and --key need each other");
  }
  if (options->bench && options->count > kMaxBenchCount)
    give_up(Exit::kUsage, "--count is 20000000 at most with --bench");
  check_url(options);
}

// The list of processes shows the command line as it is in memory: no longer than necessary with secrets in it. (Those
// of the option's value "@FILE" never stand there.)
void hide_secrets(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    for (const char* const name : {"--auth", "--proxy"}) {
      const size_t size = strlen(name);
      if (strncmp(argv[i], name, size) != 0) continue;
      char* const value = argv[i][size] == '=' ? argv[i] + size + 1 : i + 1 < argc ? argv[i + 1] : argv[i] + size;
      if (argv[i][size] == '=' || argv[i][size] == '\0') memset(value, *value == '@' ? '@' : 'x', strlen(value));
    }
  }
}

}  // namespace

Options parse_options(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
      std::cout << kHelp << std::flush;
      exit(0);
    }
    if (strcmp(argv[i], "--version") == 0) {
      std::cout << kVersion << std::flush;
      exit(0);
    }
  }
  Options options;
  Raw raw;
  CLI::App app;
  declare(&app, &options, &raw);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    std::string why = error.what();
    give_up(Exit::kUsage, why.substr(0, why.find('\n')) + " (try --help)");
  }
  hide_secrets(argc, argv);
  check_values(app, raw, &options);
  return options;
}

void give_up(Exit code, std::string_view why) {
  std::string line = "whitcat: ";
  for (const char c : why) line += static_cast<unsigned char>(c) < ' ' || c == 0x7F ? '.' : c;
  std::cerr << line << std::endl;
  exit(static_cast<int>(code));
}

}  // namespace whitcat
