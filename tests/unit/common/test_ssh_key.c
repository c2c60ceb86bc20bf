/* SPDX-License-Identifier: Apache-2.0 */
#include "common/ssh_key.h"
#include "tests/unit/test.h"

#define ED25519                                                                                    \
    "ssh-ed25519 "                                                                                 \
    "AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"

static const char *const good[] = {
    "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra",
    "ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAyNTYAAABBBMBP3E8v"
    "ovbx8e8tdGULQCphjDptgRFRtq3nyyPoq6EA0ydRwraSJPB/0GpwfzAx+DNyIJr2/m6E4w7Zgpm42QI=",
    "ecdsa-sha2-nistp384 AAAAE2VjZHNhLXNoYTItbmlzdHAzODQAAAAIbmlzdHAzODQAAABhBMNIOgaW"
    "2splDlCtoRKbQzfbIdFyFDMi+YuN5Le4bwwAmcq4x8O00qcfqbsSbHyjzSF1rsRw4E9xcU+mr9EJYB7J"
    "Cn4Tav74Jn0q9SasgNh8ieI9ZkeJv7UuP03qBhMYVg==",
    "ecdsa-sha2-nistp521 AAAAE2VjZHNhLXNoYTItbmlzdHA1MjEAAAAIbmlzdHA1MjEAAACFBAChXSWg"
    "hJSMun2b1sp9RjyzTpmmKRpnCoAw7DtfEV4j9jdCRVCvvsWWZWG2W72VrZn/+2Qd97dyZeSvqq32jdGl"
    "dADrm/R/K7EWw0Bc88JTHaZeHnGSJH5NiuEBqS6+ncgF/NbZkXHWSyeuyWei2y5fCFNSwtujbee6fjAk"
    "4SdZKnXKHA==",
    "ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAABAQC2uUZ28OHSIzBX77jJ8z66jvEQnoC6hz8490oto6XV"
    "CfL9q2xGcpYS+Wa0zh8HWQEG9WYB9PQKboqdlMWrOUodg1ppk9sYPNVr5XYwdtGu4quTUyI/eDnngRUp"
    "lOQ6OZN8ggOVB1fkYqpJdemOxZxS5KdxejUbVJBJIlmrUDdg2nXT0SeUVrA7bKNy3hmEWOCo3rf0KpFR"
    "oSKn8Ks1JdtVlgCeNqsPzJ0CGjazitCvgsGp/AtjrxU89DfokhxhUcm25BFza++m62Iadqx9VlzzCPKe"
    "NgasJCOYre624yIGCxMN12jqX9/IoNumOsRIS+WWkvHVEg2+kpXLjmGVAr7F",
    "sk-ssh-ed25519@openssh.com AAAAGnNrLXNzaC1lZDI1NTE5QG9wZW5zc2guY29tAAAAIAABAgMEB"
    "QYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4fAAAABHNzaDo=",
    "sk-ecdsa-sha2-nistp256@openssh.com AAAAInNrLWVjZHNhLXNoYTItbmlzdHAyNTZAb3BlbnNza"
    "C5jb20AAAAIbmlzdHAyNTYAAABBBMBP3E8vovbx8e8tdGULQCphjDptgRFRtq3nyyPoq6EA0ydRwraSJ"
    "PB/0GpwfzAx+DNyIJr2/m6E4w7Zgpm42QIAAAAEc3NoOg=="};

/* Made by ssh-keygen, but for the sk- kinds, which need a token. */
static void test_kinds(void **state)
{
    struct error e = ERROR_INIT;
    char text[SSH_KEY_TEXT_MAX];
    size_t i, len;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(good); i++) {
        assert_good(ssh_key_check(good[i], &len, &e), &e);
        assert_int_equal(len, strlen(good[i]));
        (void)snprintf(text, sizeof(text), "%s a comment, \"of\" any kind, \xc3\xa9", good[i]);
        assert_good(ssh_key_check(text, &len, &e), &e);
        assert_int_equal(len, strlen(good[i]));
    }
}

/* Each row: a text, and words of what is said about it. */
static const struct {
    const char *text, *words;
} bad[] = {
    {"",                                                                                      "expected TYPE BASE64 COMMENT"          },
    {"ssh-ed25519",                                                                           "expected TYPE BASE64 COMMENT"          },
    {"ssh-ed25519 ",                                                                          "no base64"                             },
    {"AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra",
     "expected TYPE BASE64 COMMENT"                                                                                                   },
    {"ssh-dss AAAAB3NzaC1kc3MAAACBAMxUyJrai42rLndSDMZ/rXZy3pMVNqqa9sT0eTSeElEB3/KgpgUH"
     "zF5svW4dYq1+mg32MhThnsLCFN/9BukF+46EMVtYOvBbdGbxS+0xqc1fCRAfXy9GE9GP/lxVFdjlCmBU"
     "WQwDV3LFD5lC7fvwIPdSdZYKi0E3g2UVfexTUFkjAAAAFQCOJu+JNmJWSp/ebGdj3NvoDJddFwAAAIBP"
     "6WuyI+Rdb1FNWeMtQyuPTcqb6Oa5r4zGEKWcudI2DucFREE06kn9UejspyfIP7XdVhotF6bbZPVrn3Od"
     "4vLBDsEUN3IVxSofHT3Iy/13mIJb60yM2zVB6MTZ5692g1R0zaMWxl6XkGsmmr0zOTzTTfbHx7EKi+Sm"
     "2eouvd7ZYQAAAIB7PO1+WLospEE3NQ+3RQJpU1ipRklXHgZpc4z5oMSB/w4kJlMokegiCj+FaKSNyyue"
     "sHRuHXV2MC5FHR73A5D53bqOuGNwjLvDB7e2k8bnsx2YQY835vzdHr6n61DDude2753FCktC8tfofG6I"
     "D8QtcAQ/QufZ2FkLQbQE7W2RmA==",                                                     "expected TYPE BASE64 COMMENT"          },
    {"no-pty ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL"
     "4zk+6ra",                                                                          "without options"                       },
    {"command=\"id\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uS"
     "gtd5XnuL4zk+6ra",                                                                  "without options"                       },
    {"restrict,ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5Xn"
     "uL4zk+6ra",                                                                        "without options"                       },
    {" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6r"
     "a",                                                                                "expected TYPE BASE64 COMMENT"          },
    {"ssh-ed25519  AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6r"
     "a",                                                                                "no base64"                             },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"
     "\n",                                                                               "a line break"                          },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"
     " me\ncommand=\"id\" ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0"
     "HN1uSgtd5XnuL4zk+6ra",                                                             "a line break"                          },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"
     "\r",                                                                               "a line break"                          },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra"
     " \177",                                                                            "a control character"                   },
    {"ssh-ed25519\tAAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6r"
     "a",                                                                                "a control character"                   },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk",
     "no key of that type"                                                                                                            },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6r",
     "no base64"                                                                                                                      },
    {"ssh-rsa AAAAC3NzaC1lZDI1NTE5AAAAIEbm4x6u7DOPnd/EGYWKcow0HN1uSgtd5XnuL4zk+6ra",
     "no key of that type"                                                                                                            },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAHwABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4=",
     "no key of that type"                                                                                                            },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f"
     "AAAAAXg=",                                                                         "no key of that type"                   },
    {"ssh-ed25519 AAAAC3NzaC1lZDI1NTE4AAAAIAABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZGhscHR4f",
     "no key of that type"                                                                                                            },
    {"ecdsa-sha2-nistp256 AAAAE2VjZHNhLXNoYTItbmlzdHAyNTYAAAAIbmlzdHAzODQAAABBBMBP3E8v"
     "ovbx8e8tdGULQCphjDptgRFRtq3nyyPoq6EA0ydRwraSJPB/0GpwfzAx+DNyIJr2/m6E4w7Zgpm42QI=", "no key of that type"                   },
    {"ssh-ed25519 /////3NzaC1lZDI1NTE5",                                                      "no key of that type"                   },
    {"ssh-ed25519 AAAA",                                                                      "no key of that type"                   },
    {"ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQCvKq9wQ4bPH7usisiXK381jfvpxuTkG4oD1SSJf6lr"
     "9sORFcQxqASeStFv+B+ZrAz8g+KpRyjiKfCsow8dp4J+FeyPcG/WDGd3J9vByiXzPnKLPDq9cW/lvvkF"
     "PlSEyzGaiKWgxLDCxkmQS8EzbjoPcyP3sCUUfE9qLvUXDuk8IQ==",                             "an RSA key of 1024 bits: at least 2048"},
    {"-----BEGIN OPENSSH PRIVATE KEY-----",                                                   "a private key: write the public one"   }
};

static void test_refused(void **state)
{
    char text[SSH_KEY_TEXT_MAX + 2];
    size_t i;

    (void)state;
    for (i = 0; i < ARRAY_SIZE(bad); i++) {
        struct error e = ERROR_INIT;

        assert_int_equal(ssh_key_check(bad[i].text, NULL, &e), -EINVAL);
        if (!strstr(e.message, bad[i].words))
            fail_msg("%s: %s", bad[i].text, e.message);
    }
    memset(text, 'x', sizeof(text));
    (void)snprintf(text, sizeof(text), "%s ", ED25519);
    text[strlen(text)] = 'x';
    text[sizeof(text) - 1] = '\0';
    assert_int_equal(ssh_key_check(text, NULL, NULL), -EINVAL);
    text[SSH_KEY_TEXT_MAX] = '\0';
    assert_int_equal(ssh_key_check(text, NULL, NULL), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kinds),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
