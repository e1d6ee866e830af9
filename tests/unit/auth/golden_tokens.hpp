// Written by make_tokens.mjs.
#pragma once

#include <string>

namespace golden {

inline const std::string secret =
    "a secret of the tests, long enough for HS256";

inline const std::string hs256 =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.fN7EDJXt10Dvi8lAuF-l82i1QrD9d9hdKP2BaFJrXgg";

inline const std::string rs256_key1 =
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAtMWDvdOCNZAp7"
    "yxbQDNE\n4x4FGPVPHoqMV8otQ+xkKkx8fR0Niq6DhbH2qhe77ZlABPcCug+WjBdrXtczhUaY\nVqx+fhcJxRS"
    "L71AA4R7dpKbhA6fAVvQLyB56sbj4i/if9JjY3XSR//1t99NtvVwj\n7umMEN1E0+XEC8YOsYT8xMXOYpNFtR"
    "Z0L2Yi0/wFy1KUnRCl5Ck3NV9ZdlCKIPIE\nAePrygFzhcXO8jYh82qO2XF6awe3vHWZmTEHDWITp/UzIfrMh"
    "2QrRTbfteS5O8SK\nU16GMN2HQyXL6dy3dvPStA+lYRXDk+DdrZ48nqHD8qBCkP0UgSgXZ9p9HLPmFn23\nPwI"
    "DAQAB\n-----END PUBLIC KEY-----\n";

inline const std::string rs256_token1 =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.ZGhUyPhAIgepwdFE22MN5dTjJMPQATgg5-3Jfshd7JQbzGOf"
    "Z3g5lKhOWb5JklBIYC7M7dMuqXHij6PKAhveJhE8uqUuplUx8MZHArMR5J6CHaG9GqTY6EXl5Zxywf-uu4sL"
    "8_BmkF6wltatAKgaM6cTscXAeucFwYSSYcd-GoQVcX7QtVFZz53vXqBHWDJMRCO9MdHkdiIH3Tb5NTW5Ja2I"
    "Nhxi1UCEy3L9RH9c1tqw2UHEpy8FHz0FFwYQ--ocrUjmSkHXFg7TR9pW68327k0F3y3fgqm7-6wc6mBcF2YR"
    "Iciu3Uut-dfgoTScptDzNu3g7snGvcuszMifQjW1BQ";

inline const std::string rs256_key1_swapped =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.FiNXBwCXEcTpSEO2cAcdNKnq7V_tjeX-I2_YrU6CXDw";

inline const std::string rs256_key2 =
    "-----BEGIN PUBLIC KEY-----\nMIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAu0u0f9MqcHDLM"
    "0DXi0F1\nzfErXJu4C8B6k2gLzMh9gyJUoxNTks1ejdjtj4VSSoWugjI2BnnsYC/WjAd2uzeS\n7Y7PWVjbLiT"
    "zQaNKCedIc64lbgphBUDk3icqWapqibIUy4wPJuUMwLDiT1pRVepr\nUVyH3zPqlzO2z23Rxc3xKQmKhzor0c"
    "mTZCr2iXf8v4WHVj6m0n7cPg65O406/YyD\nv9dPHh+dvVDK62XiGnbrObELt0BWzrRuCMpZC0uNHZru2/SIP"
    "bejRM9u91s+Ok+O\nmlUukqzqcIk1DnLAk2hO/4LuxjqOJZ4uZZxgVmLH/HPj/xiHd921jHOzntSS8pGa\nHQI"
    "DAQAB\n-----END PUBLIC KEY-----\n";

inline const std::string rs256_token2 =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.kuVljvYEkKXUHJci_svqY_IrpRLv6kcCCLrhYN6rat0h1b1L"
    "lHZLkgDHF_14STqx7rETT1sLxXKISempyKBuefgFbuGrDDcuGGR9lxqZtEZd-sdgWozIlDgEjyl7n-GXl_rj"
    "p90f-GRK498nhAEoAUxb_cc3MFwMnPefMdXoiYMKmghYNrr8kIQoxl3jvTWKnpnzi7fvrqs9xyXuTrGAuH38"
    "3Duc_Cy0l_aMP2fV6bUWQPGNNZ6bbB5Mh8laH935Ia1c9AgLrr5TtV6Z7SzeqtLf2tzUsoRXkwXt1F_LwSMJ"
    "0Xc5oBEaDTOp5LsCydpkdrVpkc9AKPqEJqOStlUe7w";

inline const std::string es256_key1 =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEwayruYZ+yGjfPPcHlAT4T"
    "JASBLuK\nlfy+J68HalJcrMhKtF1xqcHbxeW/1J3jG/PtAg8rz1NAd/FUmJSIT9+Ljw==\n-----END PUBLIC"
    " KEY-----\n";

inline const std::string es256_token1 =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.tAKTbgnWt7Iw9YAxEnY_IeLORulgO-Nl0CX4U-VkOtN0IRr2"
    "Yj0qUCf_t-ClqcohZ7UE82O0EmgqAI7ev3UAgA";

inline const std::string es256_key1_swapped =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.axbKKJKQprKQJsWe4ZIyQ6NZwyBieP0mBP8X9Ikeqkk";

inline const std::string es256_key2 =
    "-----BEGIN PUBLIC KEY-----\nMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAE7K4q9BpvqKWovtkcWPRGF"
    "obu/XXd\nYOHjZ1N9moA0aGHBgrDGMtGaedd76o1/TjQg/d9vRNi6aWGZM2v6GIc37Q==\n-----END PUBLIC"
    " KEY-----\n";

inline const std::string es256_token2 =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.mYoACWqyvnyTcrac0A5DzS8dsLniLHDcl2Ftnhx_tLyPCIC3"
    "r6g4D_mf-kSpKh5bQthG-J3Sh6QHH5WDFapcKQ";

inline const std::string es384_key =
    "-----BEGIN PUBLIC KEY-----\nMHYwEAYHKoZIzj0CAQYFK4EEACIDYgAEueJEc8PsEPLRIK3nNoRBUDTz9"
    "QXwD7d9\nvTN9uFQGwMsxDDj5je2G6X6AzHipPDnpUF3FRdH67w66yw6XJ3nsqx1vfNmofSQT\nBdMLHk1m4WT"
    "vWaiTQPwwRU9D71gQWWVp\n-----END PUBLIC KEY-----\n";

inline const std::string ed25519_key =
    "-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEAbS1g2IxGlln/ecPcpeVQQMrD/8Udvb4Du/+EB2DzR"
    "/0=\n-----END PUBLIC KEY-----\n";

inline const std::string hs512 =
    "eyJhbGciOiJIUzUxMiIsInR5cCI6IkpXVCIsImtpZCI6ImsxIn0.eyJ0YWdzIjpbInZpcCIsImRlIl0sImN1"
    "c3RvbSI6eyJkZWVwIjpbMSwyXX0sInN1YiI6InUxIiwiaXNzIjoic2hvcCIsImF1ZCI6WyJwdXNoIiwibWFp"
    "bCJdLCJuYmYiOjEwMDAsImV4cCI6MjAwMH0.VDZfiQ-X4IWur71fCLJ7zgnilwBR325z657XnSJLqoK2p279"
    "af0p_5YLHoVpCpNga9C46Gp1yQERJADG3h4VlQ";

}  // namespace golden
