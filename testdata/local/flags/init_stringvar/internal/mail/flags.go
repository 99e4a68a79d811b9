package mail

import "flag"

var host string

func init() {
	flag.StringVar(&host, "smtp-host", "", "host of the SMTP server")
}
