// SPDX-License-Identifier: MIT
#include "editor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <deque>

#include <readline/history.h>
#include <readline/readline.h>

namespace whitcat {

namespace {

constexpr char kPrompt[] = "> ";
constexpr int kHistoryLines = 1000;  // in memory alone: what was typed may be secret

// readline has one state for the whole program, and its callback no argument.
std::deque<std::string> entered;
bool at_end;

void on_line(char* line) {
  if (line == nullptr) {  // Ctrl-D, or the terminal is gone
    at_end = true;
    return;
  }
  if (*line != '\0') add_history(line);
  entered.emplace_back(line);
  free(line);
}

// At Ctrl-D readline goes to the next line; here the prompt is taken away as if it had never been there.
void give_terminal_back() {
  if (rl_eof_found != 0) {
    rl_clear_visible_line();
    rl_eof_found = 0;
  }
  rl_deprep_terminal();
}

// readline looks at the size of the terminal while it reads a key, and a message may come before the next one.
void follow_size() {
  static struct winsize known;
  struct winsize size = {};
  if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) != 0) return;
  if (known.ws_col != 0 && (size.ws_col != known.ws_col || size.ws_row != known.ws_row)) rl_resize_terminal();
  known = size;
}

}  // namespace

bool Editor::possible() {
  const char* const terminal = getenv("TERM");
  if (terminal != nullptr && strcmp(terminal, "dumb") == 0) return false;
  return isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1;
}

Editor::Editor() : active_(true) {
  rl_catch_signals = 0;  // they end the connection in order
  rl_readline_name = "whitcat";
  // Names of files are no use in messages.
  rl_bind_key('\t', rl_insert);
  rl_deprep_term_function = give_terminal_back;
  stifle_history(kHistoryLines);
  rl_callback_handler_install(kPrompt, on_line);
  follow_size();
}

Editor::~Editor() { end(); }

void Editor::read() {
  if (active_) rl_callback_read_char();
  if (at_end) end();
}

bool Editor::next(std::string* line) {
  if (entered.empty()) return false;
  *line = std::move(entered.front());
  entered.pop_front();
  return true;
}

bool Editor::ended() const { return at_end; }

void Editor::print(std::string_view lines) {
  if (active_) {
    follow_size();
    rl_clear_visible_line();
  }
  fwrite(lines.data(), 1, lines.size(), stdout);
  fflush(stdout);
  if (!active_) return;
  rl_on_new_line();
  rl_redisplay();
}

void Editor::end() {
  if (!active_) return;
  active_ = false;
  follow_size();
  rl_clear_visible_line();
  fflush(stdout);
  rl_callback_handler_remove();
}

}  // namespace whitcat
