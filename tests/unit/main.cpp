// The one main() of all unit test programs, and a watch over their test cases: one that hangs says
// its name and what its threads do, which a time limit from outside cannot.
#define DOCTEST_CONFIG_IMPLEMENT_WITH_MAIN
#include <doctest/doctest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>

namespace {

constexpr unsigned longest_case_s = 120;  // the longest takes a tenth of it under sanitizers

char running[512] = "no test case";
char process_id[16];

void say(const char* text) {
  const auto written = write(STDERR_FILENO, text, std::strlen(text));
  static_cast<void>(written);
}

// A signal handler: only what is safe in one.
void give_up(int) {
  say("hangs: ");
  say(running);
  say("\n");
  const auto debugger = fork();
  if (debugger == 0) {
    dup2(STDERR_FILENO, STDOUT_FILENO);
    execlp("gdb", "gdb", "-batch", "-p", process_id, "-ex", "thread apply all backtrace 30",
           nullptr);
    say("gdb is not installed: no backtraces\n");
    _exit(1);
  }
  if (debugger > 0) waitpid(debugger, nullptr, 0);
  std::signal(SIGABRT, SIG_DFL);
  std::abort();
}

struct hang_watch : doctest::IReporter {
  explicit hang_watch(const doctest::ContextOptions&) {
    std::snprintf(process_id, sizeof process_id, "%d", static_cast<int>(getpid()));
    std::signal(SIGALRM, give_up);
  }
  void test_case_start(const doctest::TestCaseData& t) override {
    std::snprintf(running, sizeof running, "%s (%s:%u)", t.m_name, t.m_file.c_str(), t.m_line);
    alarm(longest_case_s);
  }
  void test_case_end(const doctest::CurrentTestCaseStats&) override { alarm(0); }
  void test_case_reenter(const doctest::TestCaseData&) override { alarm(longest_case_s); }
  void test_run_end(const doctest::TestRunStats&) override {
    std::snprintf(running, sizeof running, "the end of the program");
    alarm(longest_case_s);
  }

  void report_query(const doctest::QueryData&) override {}
  void test_run_start() override {}
  void test_case_exception(const doctest::TestCaseException&) override {}
  void subcase_start(const doctest::SubcaseSignature&) override {}
  void subcase_end() override {}
  void log_assert(const doctest::AssertData&) override {}
  void log_message(const doctest::MessageData&) override {}
  void test_case_skipped(const doctest::TestCaseData&) override {}
};

REGISTER_LISTENER("hang_watch", 1, hang_watch);

}  // namespace
