package jobs

import "net/smtp"

// SMTP is a Mailer that sends through the server with this host and port.
type SMTP string

// Send implements Mailer.
func (s SMTP) Send(to, text string) error {
	return smtp.SendMail(string(s), nil, "signup@example.com", []string{to}, []byte("Subject: "+text+"\r\n\r\n"+text+"\r\n"))
}
