package jobs

import (
	driver "github.com/glebarez/sqlite"
	"gorm.io/gorm"
)

// sqlite returns the database in a file. Transactions of several processes wait for
// each other.
func sqlite(file string) gorm.Dialector {
	return driver.Open("file:" + file + "?_pragma=busy_timeout(10000)&_pragma=journal_mode(WAL)")
}
