/* startup-timer ROUNDS -- PROGRAM [ARGUMENT]... [-- PROGRAM [ARGUMENT]...]...
   Runs the programs in turn, ROUNDS times each, output thrown away, and prints the median wall time of each in
   microseconds, one a line. Interleaved, so that whatever else the machine does falls on all alike. */
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

extern char **environ;

static int ascending(const void *left, const void *right) {
    double difference = *(const double *)left - *(const double *)right;
    return (difference > 0) - (difference < 0);
}

static double run(char **program, posix_spawn_file_actions_t *quiet) {
    struct timespec start, end;
    pid_t child;
    int status;
    clock_gettime(CLOCK_MONOTONIC, &start);
    int failure = posix_spawn(&child, program[0], quiet, NULL, program, environ);
    if (failure || waitpid(child, &status, 0) != child || status != 0) {
        fprintf(stderr, "startup-timer: %s did not run, or failed\n", program[0]);
        exit(1);
    }
    clock_gettime(CLOCK_MONOTONIC, &end);
    return (double)(end.tv_sec - start.tv_sec) * 1e6 + (double)(end.tv_nsec - start.tv_nsec) / 1e3;
}

int main(int count, char **words) {
    char **programs[16];
    int rounds = count > 1 ? atoi(words[1]) : 0, found = 0;
    for (int i = 2; i < count; i++) {
        if (strcmp(words[i], "--") != 0) continue;
        words[i] = NULL;
        if (i + 1 < count && found < 16) programs[found++] = words + i + 1;
    }
    if (rounds < 1 || found == 0) {
        fprintf(stderr, "usage: startup-timer ROUNDS -- PROGRAM [ARGUMENT]... [-- ...]\n");
        return 64;
    }
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    posix_spawn_file_actions_addopen(&quiet, 1, "/dev/null", O_WRONLY, 0);
    double *times = malloc(sizeof(double) * (size_t)rounds * (size_t)found);
    if (!times) return 71;
    for (int round = -3; round < rounds; round++)
        for (int i = 0; i < found; i++) {
            double time = run(programs[i], &quiet);
            if (round >= 0) times[i * rounds + round] = time;
        }
    for (int i = 0; i < found; i++) {
        qsort(times + i * rounds, (size_t)rounds, sizeof(double), ascending);
        printf("%.0f\n", times[i * rounds + rounds / 2]);
    }
    return 0;
}
