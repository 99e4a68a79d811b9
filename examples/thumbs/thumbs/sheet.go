package thumbs

import (
	"context"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"

	"golang.org/x/image/draw"

	"github.com/cloud-functions-dispatch/go/dispatch"
)

// Sheet makes the contact sheet of an album from all thumbnails that exist.
var Sheet = dispatch.Register(makeSheet)

// SheetFile is the name of the contact sheet in the folder of its album.
const SheetFile = "sheet.png"

// The number of columns of the sheet, and the gap around each thumbnail in pixels.
const (
	columns = 6
	gap     = 8
)

func makeSheet(_ context.Context, album string, width int) error {
	all, err := pictures(album)
	if err != nil {
		return err
	}
	var thumbs []image.Image
	height := 1
	for _, p := range all {
		if !exists(Thumb(album, p)) {
			continue
		}
		img, err := readPNG(Thumb(album, p))
		if err != nil {
			return err
		}
		thumbs = append(thumbs, img)
		height = max(height, img.Bounds().Dy())
	}
	rows := (len(thumbs) + columns - 1) / columns
	sheet := image.NewRGBA(image.Rect(0, 0, gap+columns*(width+gap), gap+rows*(height+gap)))
	draw.Draw(sheet, sheet.Bounds(), image.NewUniform(color.White), image.Point{}, draw.Src)
	for i, img := range thumbs {
		at := image.Pt(gap+i%columns*(width+gap), gap+i/columns*(height+gap))
		draw.Draw(sheet, img.Bounds().Add(at), img, img.Bounds().Min, draw.Over)
	}
	return writePNG(filepath.Join(album, SheetFile), sheet)
}

func readPNG(name string) (image.Image, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return png.Decode(f)
}
