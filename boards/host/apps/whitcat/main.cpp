// SPDX-License-Identifier: MIT
// whitcat: a WebSocket client and server for the command line.
#include <locale.h>

#include <optional>

#include "bench.h"
#include "client.h"
#include "console.h"
#include "editor.h"
#include "engine.h"
#include "options.h"
#include "server.h"

int main(int argc, char** argv) {
  using namespace whitcat;
  setlocale(LC_CTYPE, "");  // the width of characters on the terminal
  const Options options = parse_options(argc, argv);
  if (options.insecure) {
    fputs(
        "whitcat: WARNING: --insecure: the server's certificate is not checked; anyone between may read and change "
        "all\n",
        stderr);
  }
  Engine engine(options);
  Exit code = Exit::kClean;
  if (options.bench) {
    Console console(nullptr);
    code = Bench(options, &engine, &console).run();
    console.flush_all();
    return static_cast<int>(code);
  }
  std::optional<Editor> editor;
  if (Editor::possible()) editor.emplace();
  Console console(editor ? &*editor : nullptr);
  code = options.listens ? Server(options, &engine, &console, editor ? &*editor : nullptr).run()
                         : Client(options, &engine, &console, editor ? &*editor : nullptr).run();
  if (editor) editor->end();
  console.flush_all();
  return static_cast<int>(code);
}
