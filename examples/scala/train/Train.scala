import java.nio.file.{Files, Path}
import scala.jdk.CollectionConverters._

/** Counts what IrisPredictor needs to know of Fisher's irises, and writes it into species.csv. */
object Train {
  def main(arguments: Array[String]): Unit = {
    val flowers = Files.readAllLines(Path.of(arguments(0))).asScala.toSeq.tail.map(_.split(',').toSeq)
    val lines = flowers.groupBy(_.last).toSeq.sortBy(_._1).map { case (name, all) =>
      val columns = all.map(_.init.map(_.toDouble)).transpose
      val means = columns.map(column => column.sum / column.size)
      val variances = columns.zip(means).map { case (column, mean) =>
        column.map(value => (value - mean) * (value - mean)).sum / column.size
      }
      (name +: (all.size.toDouble / flowers.size +: (means ++ variances)).map(_.toString)).mkString(",")
    }
    Files.write(Path.of(arguments(1)), lines.asJava)
  }
}
